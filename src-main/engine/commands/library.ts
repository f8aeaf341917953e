// rename, remove, restore: the person's own library.
import { z } from 'zod';
import { command, text } from './command';

export const renameCommand = command({
  usage: 'rename <model> <title>',
  describe: 'another title for a model of your library',
  options: [],
  examples: ['rename faces "Faces of 1998"'],
  input: z.object({ model: text, title: text }),
  async run({ model, title }, { call }) {
    await call('models/rename', { model, title });
    return { json: { model, title }, lines: [`${model} is now called ${title}`] };
  },
});

export const removeCommand = command({
  usage: 'remove <model>',
  describe: 'out of your library; restore brings it back, for 30 days',
  options: [],
  input: z.object({ model: text }),
  async run({ model }, { call }) {
    const { undo } = await call('models/remove', { model });
    return { json: { model, undo }, lines: [`removed; restore ${undo} brings it back`] };
  },
});

export const restoreCommand = command({
  usage: 'restore <undo>',
  describe: 'a model that was removed, by the word that remove gave',
  options: [],
  input: z.object({ undo: text }),
  async run({ undo }, { call }) {
    const { model } = await call('models/restore', { undo });
    return { json: { model }, lines: [`${model} is back`] };
  },
});

// What each command does. What it is called and which keys it has is in #shared/commands.
import { commandInfo, type Command } from '#shared/commands';
import type { Workbench } from './workbench.svelte';

const goTo =
  (id: Command): ((workbench: Workbench) => void) =>
  (workbench) => {
    const { place } = commandInfo(id);
    if (place !== undefined) workbench.goTo(place);
  };

const RUN: Readonly<Record<Command, (workbench: Workbench) => void>> = {
  'open-picture': ({ own }) => void own.pick(),
  'attach-data': ({ specimens }) => void specimens.attach(),
  'save-picture': ({ saving }) => void saving.save(saving.ofPoint()),
  'save-grid': ({ saving }) => void saving.save(saving.ofGrid()),
  undo: ({ explorer }) => explorer.undo(),
  redo: ({ explorer }) => explorer.redo(),
  'copy-latent': ({ clipboard }) => void clipboard.copyPoints(),
  'paste-latent': ({ clipboard }) => void clipboard.paste(),
  'copy-picture': ({ clipboard }) => void clipboard.copyPicture(),
  'copy-command': ({ clipboard }) => void clipboard.copyCommand(),
  'copy-grid-command': ({ clipboard, saving }) => void clipboard.copyCommand(saving.ofGrid()),
  random: ({ explorer }) => explorer.random(),
  reset: ({ explorer }) => explorer.reset(),
  'play-walk': ({ walks }) => walks.player.toggle(),
  'export-film': ({ film }) => film.show(),
  'copy-film-command': ({ film }) => void film.copyCommand(),
  'go-library': goTo('go-library'),
  'go-explore': goTo('go-explore'),
  'go-map': goTo('go-map'),
  'go-interpolate': goTo('go-interpolate'),
  'go-arithmetic': goTo('go-arithmetic'),
  'go-train': goTo('go-train'),
  'show-palette': ({ palette, project }) => {
    palette.open = true;
    void project.recent.look();
  },
  'show-card': (workbench) => (workbench.cardOpen = true),
  'toggle-theme': ({ theme }) => theme.toggle(),
  'show-help': (workbench) => workbench.showHelp(),
};

/** These mean the place one is at wherever it has points of its own. */
const OF_THE_CLIPBOARD: ReadonlySet<Command> = new Set([
  'copy-latent',
  'paste-latent',
  'copy-picture',
  'copy-command',
]);

/** Does the place one is at have a meaning of its own for this? */
const meansHere = ({ room, place }: Workbench, id: Command): boolean =>
  room?.commands[id] !== undefined ||
  (OF_THE_CLIPBOARD.has(id) && room !== null && room.clipboard !== null) ||
  (place === 'explore' && commandInfo(id).scope === 'point');

/** May it be pressed here, without the window going anywhere else? */
export const isAtHome = (workbench: Workbench, id: Command): boolean =>
  commandInfo(id).scope === 'window' || meansHere(workbench, id);

/** Can it be done at all at present? */
export function isPossible(workbench: Workbench, id: Command): boolean {
  const { room } = workbench;
  if (id === 'undo') return room?.canUndo === true;
  if (id === 'redo') return room?.canRedo === true;
  if (id === 'show-card') return workbench.explorer.opened !== null;
  return commandInfo(id).scope !== 'room' || meansHere(workbench, id);
}

/** In the meaning that the place one is at gives it, or else where it is at home. */
export function runCommand(workbench: Workbench, id: Command): void {
  const own = workbench.room?.commands[id];
  if (own !== undefined) return own();
  if (!isAtHome(workbench, id)) workbench.goTo('explore');
  RUN[id](workbench);
}

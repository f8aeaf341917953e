// serve: the browser face, in a process of its own.
import { join } from 'node:path';
import { z } from 'zod';
import { command, integer, text } from './command';

export const serveCommand = command({
  usage: 'serve',
  describe: 'the window in a browser tab, on 127.0.0.1 only',
  options: [
    { flag: '--port <port>', describe: 'the port; 0 takes a free one', default: 0 },
    { flag: '--open', describe: 'open the browser' },
    { flag: '--data <folder>', describe: 'a folder with data sets, to show their pictures' },
  ],
  input: z.object({ port: integer(0, 65_535), open: z.boolean().optional(), data: text.optional() }),
  async run({ port, open, data }, context) {
    const args = [
      '--port',
      String(port),
      ...(open === true ? ['--open'] : []),
      ...(data === undefined ? [] : ['--data', data]),
    ];
    const exitCode = await context.runProgram(join('out', 'main', 'serve.js'), args);
    return { json: null, lines: [], exitCode, partial: true };
  },
});

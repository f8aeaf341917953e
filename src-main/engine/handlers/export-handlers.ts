// export/*: what leaves the app as a file. The bytes are made here; where they go is asked by the window or said on the command line.
import { AppError } from '#shared/errors';
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import { exportModel } from '../export/export-model';
import type { KeptExports } from '../export/kept-exports';
import { encodePng, montage } from '../pictures';
import type { Registry } from '../registry';

const MAX_SIDE = 16_384;

export const exportHandlers: Pick<Handlers<EngineApi>, 'export/png'> = {
  'export/png': async ({ count, width, height, rgba, columns, gap, scale, text }) => {
    if (rgba.length !== count * width * height * 4) {
      throw new AppError({
        code: 'usage/pictures',
        headline: 'The pictures are not as large as they say',
        cause: `${count} of ${width} x ${height} take ${count * width * height * 4} bytes, ${rgba.length} are there`,
      });
    }
    const rows = Math.ceil(count / columns);
    const side = Math.max(columns * (width + gap), rows * (height + gap)) * scale;
    if (side > MAX_SIDE) {
      throw new AppError({
        code: 'usage/size',
        headline: 'The file would be too large',
        cause: `${side} pixels on a side, the limit is ${MAX_SIDE}`,
        remedy: 'take a smaller scale',
      });
    }
    return { png: await encodePng(montage({ count, width, height, rgba }, { columns, gap, scale }), text) };
  },
};

/** Models as files for other programs; a window, which knows no paths, fetches their bytes in pieces. */
export function modelExportHandlers(
  registry: Registry,
  kept: KeptExports,
): Pick<Handlers<EngineApi>, 'models/export' | 'models/piece'> {
  return {
    'models/export': async ({ model, part, format }) => {
      const file = await exportModel(await registry.get(model), part, format);
      return { file: kept.keep(file), name: file.name, size: file.bytes.byteLength };
    },
    'models/piece': ({ file, offset }) => ({ piece: kept.piece(file, offset) }),
  };
}

// walks/*: paths through latent space, measured, evened and filmed.
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import type { KeptExports } from '../export/kept-exports';
import { checkWalk } from '../films/check-walk';
import { makeFilm, type FilmModel } from '../films/make-film';
import { evenWalk, measureWalk, type MeasuredModel } from '../films/measure-walk';
import type { OpenModels } from '../open-models';

type Names = `walks/${'measure' | 'even' | 'export'}`;

export function walkHandlers(models: OpenModels, kept: KeptExports): Pick<Handlers<EngineApi>, Names> {
  async function modelOf(id: string): Promise<FilmModel & MeasuredModel> {
    const { opened } = await models.get(id);
    const { latent, output: picture } = opened.info;
    const decode: FilmModel['decode'] = (z, count, condition) => opened.decode(z, count, condition);
    return { id: opened.info.id, latent, picture, prior: latent.prior, decode };
  }

  return {
    'walks/measure': async ({ model: id, walk, samples }, context) => {
      const model = await modelOf(id);
      checkWalk(walk, model);
      return measureWalk(walk, samples, model, context);
    },
    'walks/even': async ({ model: id, walk, samples, keepSeconds }, context) => {
      const model = await modelOf(id);
      checkWalk(walk, model);
      return evenWalk(walk, samples, keepSeconds, model, context);
    },
    'walks/export': async ({ model: id, ...request }, context) => {
      const model = await modelOf(id);
      const { bytes, extension, plan, notes } = await makeFilm(request, model, context);
      const name = `${model.id}-walk.${extension}`;
      const { frames, width, height } = plan;
      return { file: kept.keep({ name, bytes }), name, size: bytes.byteLength, frames, width, height, notes };
    },
  };
}

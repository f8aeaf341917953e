// What the palette finds: commands, places, models, sliders, seeds and points that were typed, the steps of the history, projects and
// trainings.
import { COMMANDS, type KnownCommand } from '#shared/commands';
import { latentOfSeed } from '#shared/random';
import type { CarriedPoint } from './carried-point';
import { isPossible } from './commands';
import { parsePoints } from './latent-text';
import type { PaletteEntry, PaletteSource } from './palette.svelte';
import type { Workbench } from './workbench.svelte';

export const paletteSources = (workbench: Workbench): readonly PaletteSource[] => [
  (query) => typedPoints(workbench, query),
  () => commands(workbench),
  () => models(workbench),
  (query) => sliders(workbench, query),
  () => steps(workbench),
  () => projects(workbench),
  () => trainings(workbench),
];

const commands = (workbench: Workbench): readonly PaletteEntry[] =>
  COMMANDS.filter((info: KnownCommand) => info.id !== 'show-palette' && isPossible(workbench, info.id)).map(
    ({ id, name, words, keys, ...info }: KnownCommand) => ({
      id,
      name: info.place === undefined ? name : `Go to ${name}`,
      group: info.place === undefined ? 'Commands' : 'Places',
      words,
      keys: keys.filter(({ only }) => only === undefined || only === workbench.session.host.kind),
      run: () => workbench.run(id),
    }),
  );

function models(workbench: Workbench): readonly PaletteEntry[] {
  const { explorer } = workbench;
  return (explorer.models?.models ?? [])
    .filter(({ id }) => id !== explorer.spec.model)
    .map(({ id, title, family, data, latent, output }) => ({
      id: `model ${id}`,
      name: `Open ${title}`,
      group: 'Models',
      words: `${id} ${family} ${data ?? ''} model`,
      about: `${latent.size}-d → ${output.width} × ${output.height}`,
      run: () => workbench.useModel(id),
    }));
}

const stepsOf = ({ room }: Workbench) => room?.steps ?? [];
const steps = (workbench: Workbench): readonly PaletteEntry[] =>
  stepsOf(workbench)
    .filter(({ id }) => id !== workbench.room?.currentStep)
    .map(({ id, label, lane }) => ({
      id: `step ${id}`,
      name: `Back to “${label}”`,
      group: 'Steps',
      words: 'history undo redo step',
      ...(lane > 0 ? { about: 'branch' } : {}),
      run: () => workbench.room?.goToStep(id),
    }));

const projects = ({ project }: Workbench): readonly PaletteEntry[] =>
  (project.recent.list?.projects ?? [])
    .filter(({ id }) => id !== project.id)
    .map(({ id, title }) => ({
      id: `project ${id}`,
      name: `Open project “${title ?? 'Unnamed project'}”`,
      group: 'Projects',
      words: 'recent work session',
      run: () => void project.open(id),
    }));

const trainings = (workbench: Workbench): readonly PaletteEntry[] =>
  (workbench.training.list.jobs ?? []).map(({ id, title, state }) => ({
    id: `training ${id}`,
    name: `Show training “${title}”`,
    group: 'Trainings',
    words: 'run curves losses',
    about: state,
    run: () => {
      workbench.goTo('train');
      workbench.training.open(id);
    },
  }));

/** "smile" leads to its slider; "smile 1.5" sets it. */
function sliders(workbench: Workbench, query: string): readonly PaletteEntry[] {
  const panel = workbench.sliders ?? workbench.pointSliders;
  const value = /\s(?<value>[+−-]?\d+(?:[.,]\d+)?)$/u.exec(query)?.groups?.['value'];
  const words = 'attribute direction slider';
  const home = (): void => {
    if (workbench.sliders === null) workbench.goTo('explore');
  };
  return panel.rows.flatMap(({ key, title }): PaletteEntry[] => [
    { id: `slider ${key}`, name: `${title} slider`, group: 'Attributes', words, focus: title, run: home },
    ...(value === undefined
      ? []
      : [
          {
            id: `slide ${key}`,
            name: `${title} slider to ${value}`,
            group: 'Attributes',
            words,
            run: () => {
              home();
              panel.take(key, value, performance.now());
            },
          },
        ]),
  ]);
}

const MAX_SEED = 2 ** 31;

/** "seed 7", "7", or a whole point as JSON or numbers: to Explore, and to whatever takes points where one is. */
function typedPoints(workbench: Workbench, query: string): readonly PaletteEntry[] {
  const latent = workbench.explorer.opened?.info.latent;
  if (latent === undefined || query === '') return [];
  const seed = /^(?:seed[\s:#]*)?(?<seed>-?\d{1,10})$/i.exec(query)?.groups?.['seed'];
  if (seed !== undefined && Math.abs(Number(seed)) < MAX_SEED) {
    const name = `Seed ${Number(seed)}`;
    const z = latentOfSeed(Number(seed), latent.size, latent.prior);
    const point = { z, condition: workbench.explorer.spec.condition, name };
    return leading(workbench, name, [point], () => workbench.showSeed(Number(seed)));
  }
  const parsed = parsePoints(query, latent.size);
  if (!parsed.ok) return [];
  const { points } = parsed.value;
  const name = points.length === 1 ? 'This point' : `These ${points.length} points`;
  const carried = points.map((point, i) => ({ ...point, name: `Typed point ${i + 1}` }));
  return leading(workbench, name, carried, () => workbench.showPoint(carried[0]!));
}

const leading = (
  { takers, place }: Workbench,
  what: string,
  points: readonly CarriedPoint[],
  show: () => void,
): readonly PaletteEntry[] => {
  const inExplore = { id: 'typed point', name: `${what} in Explore`, run: show };
  const here = takers
    .filter((taker) => taker.place === place && place !== 'explore')
    .map(({ name, take }) => ({
      id: `typed point ${name}`,
      name: `${what} ${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      run: () => take(points),
    }));
  const entries = place === 'explore' ? [inExplore] : [...here, inExplore];
  return entries.map((entry) => ({ ...entry, group: 'Points', isAnswer: true }));
};

// The models that a project was made with: how each stands in the library, and those that came along in a project's file.
import type { OpenedProject } from '#shared/project';

/** Where they lie that came with the project. */
export interface CarriedModels {
  readonly path: string;
  readonly models: readonly string[];
}

export class ModelsOfProject {
  list = $state.raw<OpenedProject['models']>([]);
  carried = $state.raw<CarriedModels | null>(null);
  readonly #bringIn: (path: string, folder: string) => void;

  /** `bringIn`: one that was carried is to be looked at, and perhaps taken into the library. */
  constructor(bringIn: (path: string, folder: string) => void) {
    this.#bringIn = bringIn;
  }

  /** Whether it can be opened: a model that is missing cannot. */
  has(id: string): boolean {
    return !this.list.some((model) => model.id === id && model.standing.kind === 'missing');
  }

  /** Those that are not as they were. */
  get absent(): OpenedProject['models'] {
    return this.list.filter(({ standing }) => standing.kind === 'missing' || standing.kind === 'changed');
  }

  bringIn(): void {
    const { carried } = this;
    const wanted = this.absent.find(({ id }) => carried?.models.includes(id) === true);
    this.carried = null; // the copy goes with its import
    if (carried !== null && wanted !== undefined) this.#bringIn(carried.path, `models/${wanted.id}/`);
  }

  dismissAbsent(): void {
    const { absent } = this;
    this.list = this.list.filter((model) => !absent.includes(model));
    this.carried = null;
  }
}

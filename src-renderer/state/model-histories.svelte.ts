// A history for each model: a point, a well, a walk of one model means nothing in another, and is there again when one comes back.
import { AppError } from '#shared/errors';
import { SvelteMap } from 'svelte/reactivity';
import { SpecHistory } from './spec-history.svelte';

interface Codec<Spec> {
  toJson(spec: Spec): unknown;
  /** @throws AppError in one sentence. */
  fromJson(value: unknown): Spec;
}

export class ModelHistories<Spec> {
  #all = new SvelteMap<string, SpecHistory<Spec>>();

  of(model: string): SpecHistory<Spec> | null {
    return this.#all.get(model) ?? null;
  }

  /** Another history in the place of the one that the model has. */
  begin(model: string, first: Spec, label: string): SpecHistory<Spec> {
    const history = new SpecHistory(first, label);
    this.#all.set(model, history);
    return history;
  }

  /** As in Kept. */
  get edition(): readonly object[] {
    return [...this.#all.values()].map(({ edition }) => edition);
  }

  toJson({ toJson }: Pick<Codec<Spec>, 'toJson'>): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...this.#all].map(([model, history]) => [model, history.toJson(toJson)]));
  }

  /** In the place of all there are. @throws AppError input/history, and then nothing has changed. */
  restore(value: unknown, { fromJson }: Pick<Codec<Spec>, 'fromJson'>, first: Spec): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new AppError({ code: 'input/history', headline: 'The histories of models are no object' });
    const restored = Object.entries(value).map(([model, json]): [string, SpecHistory<Spec>] => {
      const history = new SpecHistory(first);
      history.restore(json, fromJson);
      return [model, history];
    });
    this.#all.clear();
    for (const [model, history] of restored) this.#all.set(model, history);
  }
}

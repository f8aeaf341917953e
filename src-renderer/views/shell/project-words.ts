// What the window says of the project it is at work on.
import type { ProjectSaving } from '../../state/project-saving.svelte';
import { toWireError } from '#shared/errors';
import type { ProjectModel } from '#shared/project';

/** Room is kept for it: the state changes with every edit, and nothing beside it may move then. */
export const LONGEST_WORD = 'Nothing to save yet';

type Saving = Pick<ProjectSaving, 'readOnly' | 'state' | 'isSaved'>;

/** A word or two, for the bar. */
export function stateWord({ readOnly, state, isSaved }: Saving): string {
  if (readOnly !== null) return 'Read-only';
  switch (state.kind) {
    case 'saving':
    case 'unsaved':
      return 'Saving…';
    case 'failed':
      return 'Not saved';
    case 'saved':
      return isSaved ? 'Saved' : LONGEST_WORD;
  }
}

/** All of it, for the menu. */
export function stateSentence({ state, readOnly, isSaved }: Saving, title: string | null): string {
  if (readOnly !== null) return 'Read-only here: what you change is not saved.';
  if (state.kind === 'failed') return `${toWireError(state.error).sentence} It is tried again.`;
  if (state.kind !== 'saved') return 'Saving…';
  if (!isSaved) return 'Nothing to save yet. What you make is saved by itself.';
  return title === null ? 'Saved, without a name.' : 'Saved.';
}

/** Why a picture may not be the one it was, and what to do. */
export const missingSentence = ({ title, id, provenance }: ProjectModel): string =>
  `This project was made with “${title}” (${id}), which is not in your library. What you made with it is kept. ${whereFrom(provenance)}`;

export const changedSentence = ({ title, id, provenance }: ProjectModel): string =>
  `This project was made with another model than the “${title}” (${id}) of your library: its pictures differ. ${whereFrom(provenance)}`;

const whereFrom = (provenance: string): string =>
  provenance === ''
    ? 'Where it came from is not written down.'
    : `It came from: ${provenance.replace(/[.\s]*$/, '.')}`;

/** When it was saved, as short as it is clear. */
export function savedWhen(at: number, now: number): string {
  const minutes = Math.round((now - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const [then, today] = [new Date(at), new Date(now)];
  const time = then.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (then.toDateString() === today.toDateString()) return `today, ${time}`;
  return then.toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });
}

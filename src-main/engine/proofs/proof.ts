// A claim about a family that a command can check: trained here, with this seed, it reaches this criterion. `prove` runs them with
// three seeds and prints the medians beside the reference.
import type { Pack } from '../pack';
import type { CardSection } from './write-on-card';

export interface Outcome {
  /** What was measured, by name. */
  readonly figures: Figures;
  readonly passed: boolean;
}

export type Figures = Readonly<Record<string, number>>;

export interface Proof {
  /** 'gan-ring-8' */
  readonly id: string;
  readonly family: string;
  /** What is claimed, with its numbers: "8 of 8 modes, at least 90 % of samples within 3 sd". */
  readonly claim: string;
  /** Where the numbers come from. */
  readonly reference: string;
  /** About how long one seed takes here. */
  readonly seconds: number;
  /** A data set that does not come with the program: its folder or file in LATENTSCAPE_DATA. Without it the claim is skipped, aloud. */
  readonly needs?: string;
  /** It is about a pack: the id of the one that comes with the app, or another that is named by --model. Without it the claim is skipped. */
  readonly needsModel?: string;
  /** What of it goes onto the pack's card: from the medians over the seeds. */
  readonly section?: (model: Pack, figures: Figures, seeds: number) => Promise<CardSection>;
  /** `model` is there where one is needed. */
  readonly run: (seed: number, log: (line: string) => void, model?: Pack) => Promise<Outcome>;
}

// What a training run says while it runs, as plain JSON: one object, one line.

export type TrainEvent =
  | {
      readonly kind: 'start';
      readonly id: string;
      readonly step: number;
      readonly steps: number;
      readonly epochs: number;
      readonly parameters: number;
      /** Said when the newest checkpoint was damaged and the one before it was used. */
      readonly note?: string;
    }
  /** How the steps are run, and why so. */
  | { readonly kind: 'speed'; readonly mode: 'traced' | 'eager'; readonly why: string }
  | {
      readonly kind: 'progress';
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      /** Nats per picture, of the newest batch. */
      readonly loss: number;
      readonly reconstruction: number;
      readonly kl: number;
      readonly beta: number;
      readonly learningRate: number;
      readonly stepsPerSecond: number;
      readonly secondsLeft: number;
    }
  | ({ readonly kind: 'epoch'; readonly epochs: number; readonly step: number } & EpochSummary)
  | { readonly kind: 'checkpoint'; readonly step: number; readonly file: string }
  | {
      readonly kind: 'finishing';
      readonly what: string;
      /** Test pictures measured so far, of how many. */
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'stopped'; readonly step: number; readonly steps: number; readonly file: string }
  | { readonly kind: 'done'; readonly pack: string; readonly metrics: Readonly<Record<string, number>> };

/** One epoch, judged by the pictures that are held out of training (null where none are). */
export interface EpochSummary {
  readonly epoch: number;
  readonly trainElbo: number;
  readonly validationElbo: number | null;
  readonly validationKl: number | null;
}

export type TrainResult =
  | { readonly kind: 'done'; readonly pack: string; readonly metrics: Readonly<Record<string, number>> }
  | { readonly kind: 'stopped'; readonly step: number; readonly checkpoint: string };

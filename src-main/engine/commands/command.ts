// What a command of the command line is: a name, its options, and a function from checked options to an answer.
// The answer is printed as one JSON document with --json, else as the lines that a person reads.
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import type { EngineApi } from '#shared/api';
import type { ParamsOf, ResultOf } from '#shared/rpc';
import { engineApi } from '#shared/api';
import { createCancellation } from '#shared/rpc';
import type { Engine } from '../engine';
import type { TrainConfig } from '../training/train-config';
import type { DataOptions, DataSpec, TrainEvent } from '#shared/training';
import type { TrainResult } from '../training/train';

export interface Answer {
  readonly json: unknown;
  /** For people; nothing where the JSON says it all and is short. */
  readonly lines: readonly string[];
  /** Nothing is left to print: another program has printed it. */
  readonly partial?: boolean;
  /** The command did its work and the answer is a bad one (a failed self-test): exit code, where it is not 0. */
  readonly exitCode?: number;
}

export interface CommandContext {
  /** The same handlers as behind the window: same seed, same model, same bytes. */
  readonly call: <K extends keyof EngineApi & string>(
    op: K,
    params: ParamsOf<EngineApi[K]>,
  ) => Promise<ResultOf<EngineApi[K]>>;
  readonly paths: { readonly userData: string; readonly appRoot: string };
  /** Trains in a process of its own, started again if it crashes. Ctrl+C stops it after a checkpoint. */
  readonly train: (job: TrainJob, onEvent: (event: TrainEvent) => void) => Promise<TrainResult>;
  /** Runs another program of ours (a path from the app's root) with this terminal; gives its exit code. */
  readonly runProgram: (program: string, args: readonly string[]) => Promise<number>;
  readonly asJson: boolean;
  /** One line for people, on stderr. */
  readonly log: (line: string) => void;
  /** One JSON document on a line of stdout: progress of long commands. */
  readonly emit: (document: unknown) => void;
}

export interface TrainJob {
  readonly config: TrainConfig;
  readonly data: DataSpec;
  readonly options: DataOptions;
  readonly outFolder: string;
  readonly resume: boolean;
  /** Gigabytes that it may take; null: as the machine allows. */
  readonly memory: number | null;
}

export interface OptionSpec {
  readonly flag: string;
  readonly describe: string;
  readonly default?: string | number;
}

export interface Command<Input = unknown> {
  /** As cac reads it: 'sample <model>'. */
  readonly usage: string;
  readonly describe: string;
  readonly options: readonly OptionSpec[];
  readonly examples?: readonly string[];
  /** Positional arguments arrive under their own names, beside the options. */
  readonly input: z.ZodType<Input>;
  readonly run: (input: Input, context: CommandContext) => Promise<Answer>;
}

/** Keeps the input's type between `input` and `run`, and forgets it for the list. */
export const command = <Input>(spec: Command<Input>): Command => spec as unknown as Command;

/** What is done to a library is done by id: a folder elsewhere is not in it. */
const BY_ID_ONLY: ReadonlySet<keyof EngineApi> = new Set(['models/rename', 'models/card', 'models/remove']);

/** Calls handlers in this process, through the same parsing as a call over a channel; a model may be named by its folder. */
export function directCall({ handlers, admit }: Pick<Engine, 'handlers' | 'admit'>): CommandContext['call'] {
  return async (op, params) => {
    const operation = engineApi[op] as { parse(value: unknown): never };
    const handler = handlers[op] as (params: never, context: unknown) => Promise<never>;
    const { cancellation } = createCancellation();
    const known = BY_ID_ONLY.has(op) ? params : await withoutFolder(params, admit);
    return handler(operation.parse(known), { cancellation, send: () => undefined });
  };
}

async function withoutFolder<Params>(params: Params, admit: Engine['admit']): Promise<Params> {
  const { model } = params as { readonly model?: unknown };
  if (typeof model !== 'string' || !(await isFolder(model))) return params;
  return { ...params, model: await admit(model) };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

// Options that several commands share, checked once.
export const integer = (low: number, high: number) => z.number().int().min(low).max(high);
export const text = z.coerce.string().min(1);
export const seed = integer(-(2 ** 31), 2 ** 31 - 1);

/** The options of a command line, or one sentence about the first that is wrong. */
export function parseInput<Input>(command: Command<Input>, raw: Readonly<Record<string, unknown>>): Input {
  const parsed = command.input.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  const option = command.options.find(({ flag }) => flag.startsWith(`--${name}`));
  const missing = raw[name] === undefined;
  throw new AppError({
    code: 'usage/option',
    headline: missing ? 'An option is missing' : 'An option has a value it cannot take',
    where: option?.flag ?? name,
    cause: missing ? option?.describe : issue?.message,
    remedy: `see 'latentscape ${command.usage.split(' ')[0]} --help'`,
  });
}

// Errors that people read: one clear sentence that says what is wrong, where, and what to do.
// They keep their parts across every process boundary; anything that is not an AppError is a bug and is reported as one.

/** 'area/what'. The area decides the exit code of the command line: see exitCodeOf. */
export type ErrorCode = `${ErrorArea}/${string}`;
export type ErrorArea = 'usage' | 'input' | 'model' | 'pack' | 'store' | 'data' | 'onnx' | 'engine';

export interface ErrorParts {
  readonly code: ErrorCode;
  /** What is wrong, as a short clause that starts with a capital letter and has no full stop. */
  readonly headline: string;
  /** Why, as precisely as known: the value, the limit, the reason given by the system. */
  readonly cause?: string | undefined;
  /** What to do about it, as a clause. */
  readonly remedy?: string | undefined;
  /** Which file, option, layer or tensor. */
  readonly where?: string | undefined;
  /** Lines that a person can paste elsewhere to help themselves, e.g. a script that exports their model. Not part of the sentence. */
  readonly snippet?: string | undefined;
  /** What was seen in a file that is refused all the same. */
  readonly listing?: readonly ListedTensor[] | undefined;
}

/** An alias and not an interface: so it may cross a wire. */
export type ListedTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
};

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly headline: string;
  readonly remedy: string | undefined;
  readonly where: string | undefined;
  readonly detail: string | undefined;
  readonly snippet: string | undefined;
  readonly listing: readonly ListedTensor[] | undefined;

  constructor({ headline, cause, remedy, where, ...others }: ErrorParts) {
    const parts: ErrorParts = {
      ...others,
      headline: printable(headline),
      cause: printable(cause),
      remedy: printable(remedy),
      where: printable(where),
    };
    super(sentenceOf(parts));
    this.code = parts.code;
    this.headline = parts.headline;
    this.detail = parts.cause;
    this.remedy = parts.remedy;
    this.where = parts.where;
    this.snippet = parts.snippet;
    this.listing = parts.listing;
  }

  /** "What is wrong (where): why; what to do." */
  get sentence(): string {
    return this.message;
  }
}

/** An AppError as plain data, for wires and for `--json`. */
export interface WireError {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly headline: string;
  readonly cause?: string;
  readonly remedy?: string;
  readonly where?: string;
  readonly snippet?: string;
  readonly listing?: readonly ListedTensor[];
}

function sentenceOf({ headline, cause, remedy, where }: ErrorParts): string {
  const what = where === undefined ? headline : `${headline} (${where})`;
  const why = cause === undefined ? '' : `: ${trimStop(cause)}`;
  const then = remedy === undefined ? '' : `; ${trimStop(remedy)}`;
  return `${trimStop(what)}${why}${then}.`;
}

/** Names from files stand in sentences: what moves a cursor, colours a terminal or turns the reading direction is shown as a gap. */
function printable(text: string): string;
function printable(text: string | undefined): string | undefined;
function printable(text: string | undefined): string | undefined {
  return text?.replace(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]+/gu, ' ');
}

const trimStop = (text: string): string => text.replace(/[.\s]+$/, '');

/** Any thrown value as plain data. Stacks and paths of our own code never cross the wire. */
export function toWireError(thrown: unknown): WireError {
  const error = thrown instanceof AppError ? thrown : unexpected(thrown);
  return {
    code: error.code,
    sentence: error.sentence,
    headline: error.headline,
    ...(error.detail === undefined ? {} : { cause: error.detail }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(error.snippet === undefined ? {} : { snippet: error.snippet }),
    ...(error.listing === undefined ? {} : { listing: error.listing }),
  };
}

export function fromWireError(wire: WireError): AppError {
  return new AppError({
    code: wire.code,
    headline: wire.headline,
    cause: wire.cause,
    remedy: wire.remedy,
    where: wire.where,
    snippet: wire.snippet,
    listing: wire.listing,
  });
}

function unexpected(thrown: unknown): AppError {
  return new AppError({
    code: 'engine/unexpected',
    headline: 'Something went wrong inside Latentscape',
    cause:
      thrown instanceof Error
        ? (thrown.message.split('\n')[0] ?? thrown.name)
        : 'a value was thrown that is no error',
    remedy: 'this is a fault of the program; please report it with what you did',
  });
}

/** The engine process ended while a call was under way. */
export function engineCrashed(cause: string): AppError {
  return new AppError({
    code: 'engine/crashed',
    headline: 'The engine stopped',
    cause,
    remedy: 'it is started again by itself; nothing you made is lost',
  });
}

/** A call was given up by the one who made it. Never shown to people. */
export function cancelled(): AppError {
  return new AppError({ code: 'engine/cancelled', headline: 'Cancelled' });
}

export const isCancelled = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'engine/cancelled';

/** 0 ok, 2 bad usage, 3 bad input file, 4 engine failure. */
export function exitCodeOf(code: ErrorCode): 2 | 3 | 4 {
  const area = code.slice(0, code.indexOf('/')) as ErrorArea;
  switch (area) {
    case 'usage':
      return 2;
    case 'input':
    case 'model':
    case 'pack':
    case 'data':
    case 'store':
    case 'onnx':
      return 3;
    case 'engine':
      return 4;
    default:
      return assertNever(area);
  }
}

export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}

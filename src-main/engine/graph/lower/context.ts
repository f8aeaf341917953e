/** What the translation of one operation gets to see. */
import type { AppError } from '#shared/errors';
import type { GraphNode } from '../graph-network';
import type { Builder } from './builder';
import { lowerError } from './lower-errors';
import { numbersOf, type Value } from './value';

/** One value, or one for each output; undefined for an output that nobody reads. */
export type Lowered = Value | readonly (Value | undefined)[];
export type Lower = (context: Context) => Lowered;

export class Context {
  readonly builder: Builder;
  readonly inputs: readonly Value[];
  private readonly node: GraphNode;
  private readonly readers: ReadonlyMap<string, number>;

  constructor(
    node: GraphNode,
    inputs: readonly Value[],
    builder: Builder,
    readers: ReadonlyMap<string, number>,
  ) {
    this.node = node;
    this.inputs = inputs;
    this.builder = builder;
    this.readers = readers;
  }

  get operation(): string {
    return this.node.operation;
  }

  input(at: number): Value {
    const value = this.inputs[at];
    if (value === undefined) throw this.fail(`it has ${this.inputs.length} inputs`);
    return value;
  }

  /** A list of whole numbers that is known now. */
  numbers(at: number, what: string): readonly number[] {
    const numbers = numbersOf(this.input(at));
    if (numbers === undefined) throw this.fail(`its ${what} are not known beforehand`);
    return numbers;
  }

  number(at: number, what: string): number {
    const [number] = this.numbers(at, what);
    if (number === undefined) throw this.fail(`its ${what} are not given`);
    return number;
  }

  /** Nobody else reads this input. */
  onlyReader(at: number): boolean {
    return this.readers.get(this.node.inputs[at] ?? '') === 1;
  }

  isRead(output: number): boolean {
    return this.readers.has(output === 0 ? this.node.name : `${this.node.name}:${output}`);
  }

  int(name: string): number {
    const attribute = this.node.attributes[name];
    if (attribute?.kind !== 'int') throw this.fail(`its attribute ${name} is missing`);
    return attribute.value;
  }

  float(name: string): number {
    const attribute = this.node.attributes[name];
    if (attribute?.kind !== 'float') throw this.fail(`its attribute ${name} is missing`);
    return attribute.value;
  }

  flag(name: string): boolean {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'bool' && attribute.value;
  }

  text(name: string): string {
    const attribute = this.node.attributes[name];
    if (attribute?.kind !== 'string') throw this.fail(`its attribute ${name} is missing`);
    return attribute.value;
  }

  type(name: string): string {
    const attribute = this.node.attributes[name];
    if (attribute?.kind !== 'type') throw this.fail(`its attribute ${name} is missing`);
    return attribute.value;
  }

  ints(name: string): readonly number[] {
    const attribute = this.node.attributes[name];
    if (attribute?.kind !== 'ints') throw this.fail(`its attribute ${name} is missing`);
    return attribute.value;
  }

  words(name: string): readonly string[] {
    const attribute = this.node.attributes[name];
    return attribute?.kind === 'strings' ? attribute.value : [];
  }

  get channelsLast(): boolean {
    const format = this.node.attributes['data_format'];
    return format?.kind !== 'string' || format.value === 'NHWC' || format.value === '';
  }

  /** An axis that may be counted from the end. */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    if (!Number.isInteger(axis) || axis < 0 || axis >= Math.max(rank, 1))
      throw this.fail(`axis ${given} is none of its ${rank}`);
    return axis;
  }

  fail(cause: string): AppError {
    return lowerError(`${this.node.name} (${this.node.operation})`, cause);
  }
}

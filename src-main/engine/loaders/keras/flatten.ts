/**
 * A model of any dialect as one flat network in our own words: models inside models are written out, layers that are used
 * twice stay one layer, and what does nothing when pictures are made is left out.
 */
import type { AppError } from '#shared/errors';
import { MAX_LAYERS, MAX_RANK } from '../../store/limits';
import type { Json, JsonObject } from '../../store/strict-json';
import type { Shape } from '../../topology';
import { TopologyBuilder, type Ref } from './builder';
import type { Conversion, Resolved } from './conversion';
import {
  refuse,
  type Argument,
  type Dialect,
  type FileLayer,
  type FileModel,
  type LayerCall,
} from './dialects';
import { layerConversion } from './layers';
import { operationConversion, operationName } from './operations';

export interface FlatModel {
  readonly topology: string;
  /** For each flat layer that may have weights, the file's layer they belong to. */
  readonly owners: ReadonlyMap<string, FileLayer>;
  readonly warnings: readonly string[];
}

type Values = readonly Ref[];

/** `where` makes the name of a layer inside another model its own. */
interface Scope {
  readonly model: FileModel;
  readonly values: Map<string, Values>;
  readonly given: Values;
}

/** Layers that are met; a model that calls one model twice, which calls another twice, … ends here. */
const MAX_STEPS = 4 * MAX_LAYERS;

export function flattenModel(model: FileModel, dialect: Dialect): FlatModel {
  const builder = new TopologyBuilder();
  const owners = new Map<string, FileLayer>();
  const shared = new Map<FileLayer, string>();
  const warnings: string[] = [];
  const sampled = new Map<Ref, Values>();
  const inputs: Ref[] = [];
  let passed = 0;
  let steps = 0;

  function convert(
    layer: FileLayer,
    positional: readonly Resolved[],
    named: ReadonlyMap<string, Resolved>,
  ): Values {
    if (++steps > MAX_STEPS) throw refuse(undefined, `it has more than ${MAX_STEPS} layer calls`);
    const read = [...positional, ...named.values()].flatMap(refsOf);
    if (layer.model !== undefined) return runModel(layer.model, read, false);
    if (layer.wrapped !== undefined) return convert(layer.wrapped, positional, named);
    const fail = (cause: string): AppError => refuse(layer.name, cause);
    const conversion: Conversion = {
      ...{ layer, config: layer.config, dialect, inputs: read, positional, named, builder, fail },
      weighted(className, config, input) {
        const known = shared.get(layer);
        if (known !== undefined) return builder.call(known, [input]);
        const ref = builder.layer(layer.name, className, config, [input]);
        shared.set(layer, ref.layer);
        owners.set(ref.layer, layer);
        return ref;
      },
      warn: (sentence) => {
        if (!warnings.includes(sentence)) warnings.push(sentence);
      },
      passed: () => passed++,
      sampled(mean, parameters) {
        const draw = { ...mean };
        sampled.set(draw, parameters);
        return draw;
      },
    };
    const operation = operationName(layer);
    const result =
      operation === undefined
        ? layerConversion(conversion)(conversion)
        : operationConversion(conversion, operation)(conversion);
    return Array.isArray(result) ? (result as Values) : [result as Ref];
  }

  function runModel(inner: FileModel, given: Values, isOuter: boolean): Values {
    return inner.kind === 'sequential'
      ? runSequential(inner, given, isOuter)
      : runFunctional(inner, given, isOuter);
  }

  function openInput(layer: FileLayer, shape: Json | undefined): Ref {
    const ref = builder.input(layer.name, inputShape(layer, shape), dtypeOf(layer.config['dtype']));
    inputs.push(ref);
    return ref;
  }

  function runSequential({ layers, inputShape: beside }: FileModel, given: Values, isOuter: boolean): Values {
    let values = given;
    layers.forEach((layer, at) => {
      if (layer.className === 'InputLayer') {
        if (at !== 0) throw refuse(layer.name, 'it is an input in the middle of a Sequential');
        if (isOuter) values = [openInput(layer, shapeField(layer.config))];
        return;
      }
      if (at === 0 && isOuter) {
        const shape = shapeField(layer.config) ?? firstShape(layer) ?? beside;
        values = [openInput({ ...layer, name: `${layer.name}_input` }, shape)];
      }
      values = convert(
        layer,
        values.map((ref) => ({ kind: 'ref', ref })),
        new Map(),
      );
    });
    return values;
  }

  function runFunctional(inner: FileModel, given: Values, isOuter: boolean): Values {
    const byName = new Map(inner.layers.map((layer) => [layer.name, layer]));
    const values = new Map<string, Values>();
    inner.inputs.forEach(({ layer: name }, at) => {
      const layer = byName.get(name);
      if (layer === undefined) throw refuse(name, 'it is an input and is not there');
      const value = isOuter ? openInput(layer, shapeField(layer.config)) : given[at];
      if (value === undefined)
        throw refuse(inner.name, `it takes ${inner.inputs.length} inputs and is given ${given.length}`);
      values.set(callKey(name, 0), [value]);
    });
    if (inner.inputs.length === 0) throw refuse(inner.name, 'it has no inputs');
    const outputs = inner.outputs.map((wanted) => {
      evaluate({ model: inner, values, given }, byName, callOf(byName, wanted));
      return pick(values, byName, wanted);
    });
    if (outputs.length === 0) throw refuse(inner.name, 'it has no outputs');
    return outputs;
  }

  /** Depth first, without recursion: a network may be thousands of layers deep. */
  function evaluate({ values }: Scope, byName: ReadonlyMap<string, FileLayer>, start: string): void {
    const stack = [start];
    const open = new Set<string>();
    for (let key = stack.at(-1); key !== undefined; key = stack.at(-1)) {
      if (values.has(key)) {
        stack.pop();
        continue;
      }
      const { layer, call } = findCall(byName, key);
      const missing = tensorsOf(call)
        .map((tensor) => callOf(byName, tensor))
        .filter((each) => !values.has(each));
      if (missing.length > 0) {
        const around = missing.find((each) => open.has(each) || each === key);
        if (around !== undefined) throw refuse(layer.name, 'it reads its own output through a cycle');
        open.add(key);
        stack.push(...missing);
        continue;
      }
      const resolve = (argument: Argument): Resolved => {
        if (argument.kind === 'tensor') return { kind: 'ref', ref: pick(values, byName, argument.tensor) };
        if (argument.kind === 'list') return { kind: 'list', items: argument.items.map(resolve) };
        return argument;
      };
      const named = new Map([...call.named].map(([name, argument]) => [name, resolve(argument)]));
      values.set(key, convert(layer, call.positional.map(resolve), named));
      open.delete(key);
      stack.pop();
    }
  }

  const results = runModel(model, [], true);
  const outputs = withoutDraws(results, sampled);
  if (passed > 0)
    warnings.push(`${passed} layers that act in training only, such as dropout, were left out.`);
  if (builder.size === inputs.length) throw refuse(undefined, 'it has no layers that compute anything');
  return { topology: builder.topology(model.name, inputs, outputs), owners, warnings };
}

/** An encoder that gives a draw gives what the draw is made from instead; each value once. */
function withoutDraws(results: Values, sampled: ReadonlyMap<Ref, Values>): Values {
  if (!results.some((ref) => sampled.has(ref))) return results;
  const seen = new Set<string>();
  return results
    .flatMap((ref) => sampled.get(ref) ?? [ref])
    .filter(({ layer, node }) => {
      const key = callKey(layer, node);
      return seen.has(key) ? false : seen.add(key);
    });
}

// ---- calls by name ----------------------------------------------------------------------------------------------------------

const callKey = (layer: string, node: number): string => `${node} ${layer}`;

/** Some files count the calls of a model inside another from 1: with one call there is no doubt. */
function callOf(
  byName: ReadonlyMap<string, FileLayer>,
  { layer: name, node }: { readonly layer: string; readonly node: number },
): string {
  const layer = byName.get(name);
  if (layer === undefined) throw refuse(name, 'another layer reads it and it is not there');
  return callKey(name, layer.calls.length === 1 || layer.className === 'InputLayer' ? 0 : node);
}

function findCall(
  byName: ReadonlyMap<string, FileLayer>,
  key: string,
): { readonly layer: FileLayer; readonly call: LayerCall } {
  const space = key.indexOf(' ');
  const name = key.slice(space + 1);
  const layer = byName.get(name);
  const call = layer?.calls[Number(key.slice(0, space))];
  if (layer === undefined || call === undefined) {
    const isInput = layer?.className === 'InputLayer';
    throw refuse(
      name,
      isInput
        ? 'it is an input and is not listed as one'
        : 'another layer reads a call of it that is not there',
    );
  }
  return { layer, call };
}

function pick(
  values: ReadonlyMap<string, Values>,
  byName: ReadonlyMap<string, FileLayer>,
  wanted: { readonly layer: string; readonly node: number; readonly tensor: number },
): Ref {
  const ref = values.get(callOf(byName, wanted))?.[wanted.tensor];
  if (ref === undefined)
    throw refuse(wanted.layer, `another layer reads output ${wanted.tensor} of it, which is not there`);
  return ref;
}

const tensorsIn = (argument: Argument): readonly { readonly layer: string; readonly node: number }[] =>
  argument.kind === 'tensor'
    ? [argument.tensor]
    : argument.kind === 'list'
      ? argument.items.flatMap(tensorsIn)
      : [];
const tensorsOf = ({ positional, named }: LayerCall) => [...positional, ...named.values()].flatMap(tensorsIn);
const refsOf = (given: Resolved): readonly Ref[] =>
  given.kind === 'ref' ? [given.ref] : given.kind === 'list' ? given.items.flatMap(refsOf) : [];

// ---- inputs -----------------------------------------------------------------------------------------------------------------

const shapeField = (config: JsonObject): Json | undefined =>
  config['batch_input_shape'] ?? config['batch_shape'];

/** The first layer of a Sequential may be a model, whose own first layer says it. */
function firstShape({ model }: FileLayer): Json | undefined {
  const [first] = model?.layers ?? [];
  if (first === undefined || model === undefined) return undefined;
  return shapeField(first.config) ?? model.inputShape ?? firstShape(first);
}

function inputShape({ name }: FileLayer, given: Json | undefined): Shape {
  if (!Array.isArray(given) || given.length === 0) throw refuse(name, 'its input shape is not given');
  const sizes = (given as readonly Json[]).slice(1);
  if (sizes.length > MAX_RANK) throw refuse(name, `its input has ${sizes.length} dimensions`);
  if (sizes.some((size) => size === null || size === -1))
    throw refuse(
      name,
      `its input of shape ${JSON.stringify(given).slice(0, 80)} is open; save the model with a fixed size`,
    );
  if (sizes.some((size) => !Number.isSafeInteger(size) || (size as number) < 1))
    throw refuse(name, `its input shape ${JSON.stringify(given).slice(0, 80)} is not fixed and positive`);
  return sizes as unknown as Shape;
}

const dtypeOf = (dtype: Json | undefined): string =>
  typeof dtype === 'string' && /^u?int(8|16|32|64)$/.test(dtype) ? 'int32' : 'float32';

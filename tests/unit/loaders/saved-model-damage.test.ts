// A SavedModel that is cut, altered or incomplete ends in one sentence, never in anything else.
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '#shared/random';
import type { LoadedNetwork } from '#engine/loaders/loader';
import { savedModelLoader } from '#engine/loaders/saved-model';
import { graphFixture } from '../../fixtures/graphs/read-expected';
import { memorySource, outcome } from './memory-source';

const GRAPH = 'saved_model.pb';
const INDEX = 'variables/variables.index';
const DATA = 'variables/variables.data-00000-of-00001';
const files = unzipSync(readFileSync(graphFixture('tensorflow-1.zip')));

function open(changes: Readonly<Record<string, Uint8Array | undefined>>): Promise<LoadedNetwork> {
  const content = Object.entries({ ...files, ...changes }).flatMap(([path, bytes]) =>
    bytes === undefined ? [] : [[path, bytes] as const],
  );
  return savedModelLoader.open(memorySource(Object.fromEntries(content)), GRAPH);
}

const cut = (file: string, part: number): Uint8Array => {
  const bytes = files[file] ?? new Uint8Array();
  return bytes.slice(0, Math.floor(bytes.length * part));
};

function flipped(file: string, at: number): Uint8Array {
  const bytes = (files[file] ?? new Uint8Array()).slice();
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  return bytes;
}

describe('A damaged SavedModel', () => {
  test('is whole before it is damaged', async () => {
    expect(await outcome(open({}))).toBe('ok');
  });

  test.each<[string, Record<string, Uint8Array | undefined>, RegExp]>([
    [
      'random bytes',
      { [GRAPH]: Uint8Array.from({ length: 999 }, (_, at) => (at * 89 + 7) % 256) },
      /^model\/damaged .*saved_model\.pb/,
    ],
    ['an empty graph', { [GRAPH]: new Uint8Array() }, /^model\/damaged .*holds no graph/],
    ['half a graph', { [GRAPH]: cut(GRAPH, 0.5) }, /^model\/damaged .*saved_model\.pb/],
    ['no variables', { [INDEX]: undefined, [DATA]: undefined }, /^model\/damaged .*does not have this one/],
    ['no file of data', { [DATA]: undefined }, /^model\/weights .*variables\.data-00000-of-00001/],
    ['half of the data', { [DATA]: cut(DATA, 0.5) }, /^model\/damaged .*cut short/],
    ['half of the index', { [INDEX]: cut(INDEX, 0.5) }, /^model\/damaged .*variables\.index/],
    ['an empty index', { [INDEX]: new Uint8Array() }, /^model\/damaged .*too short/],
    ['a bit of the data', { [DATA]: flipped(DATA, 40) }, /^model\/damaged .*checksum is wrong/],
    ['a bit of the index', { [INDEX]: flipped(INDEX, 20) }, /^model\/damaged .*checksum of a block is wrong/],
  ])('%s', async (_, changes, sentence) => {
    expect(await outcome(open(changes))).toMatch(sentence);
  });

  /** outcome() lets through what is no AppError, so that anything else fails here. */
  test.each([GRAPH, INDEX])('of 400 mutants of %s each is taken or refused with a sentence', async (file) => {
    const original = files[file] ?? new Uint8Array();
    const codes = new Set<string>();
    for (let seed = 0; seed < 400; seed++) {
      const random = seededRandom(seed);
      const bytes = [...original];
      for (let edit = 0; edit <= random.integer(4); edit++) {
        const at = random.integer(bytes.length);
        const kind = random.integer(5);
        if (kind === 0) bytes[at] = random.integer(256);
        else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
        else if (kind === 2) bytes.fill(0xff, at, at + 8);
        else if (kind === 3) bytes.splice(at, 1 + random.integer(8));
        else bytes.splice(at, 0, ...bytes.slice(at, at + random.integer(64)));
      }
      codes.add((await outcome(open({ [file]: Uint8Array.from(bytes) }))).split(' ')[0] ?? '');
    }
    expect(codes).toContain('model/damaged');
    expect([...codes].every((code) => code === 'ok' || code.startsWith('model/'))).toBe(true);
  });
});

// Strangers' files that are wrong on purpose: each ends in a model or in one sentence that says where. Recipes, each wrong in one known
// place, and mutants by seed: 100 of each format here, 2,000 with LATENTSCAPE_LONG=1 (npm run test:malformed). LATENTSCAPE_MALFORMED takes
// one format, or one case of it: "onnx", "onnx/mutant:17".
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMATS } from '../malformed/formats';
import { bundleChild, casesOf, runCorpus, type Result } from '../malformed/run-corpus';
import { tableOf } from '../malformed/table';

const isLong = process.env.LATENTSCAPE_LONG === '1';
const mutants = Number(process.env.LATENTSCAPE_MUTANTS ?? (isLong ? 2000 : 100));
const [onlyFormat, onlyCase] = (process.env.LATENTSCAPE_MALFORMED ?? '').split('/');
const formats = FORMATS.map(({ name }) => name).filter((name) => (onlyFormat || name) === name);

let child: Awaited<ReturnType<typeof bundleChild>>;
const results: Result[] = [];

beforeAll(async () => {
  child = await bundleChild();
}, 120_000);
afterAll(async () => {
  const table = `${tableOf(results).join('\n')}\n`;
  process.stdout.write(`\nMalformed files\n${table}`);
  const { LATENTSCAPE_TABLE: file } = process.env;
  if (file !== undefined) await writeFile(file, table);
  await child.remove();
});

describe('malformed files', () => {
  test.each(formats)(
    '%s',
    async (format) => {
      const cases = (await casesOf(mutants, format)).filter(({ id }) => (onlyCase ?? id) === id);
      const ran = await runCorpus(child.path, cases);
      results.push(...ran);
      const skipped = new Set(ran.flatMap(({ ended }) => ('ms' in ended ? (ended.skipped ?? []) : [])));
      for (const why of skipped) process.stdout.write(`Skipped: a malformed file, ${why}\n`);
      const faults = ran.filter(({ fault }) => fault !== null);
      const told = faults.map(
        ({ case: { id, name, format: of }, fault }) => `${of}/${id} (${name}): ${fault}`,
      );
      expect(told).toEqual([]);
    },
    isLong ? 7_200_000 : 600_000,
  );
});

// What was tried, as a table that people read.
import type { Result } from './run-corpus';

export function tableOf(results: readonly Result[]): readonly string[] {
  const formats = [...new Set(results.map((result) => result.case.format))];
  const rows = [
    ...formats.map((name) =>
      rowOf(
        name,
        results.filter((r) => r.case.format === name),
      ),
    ),
  ];
  if (formats.length > 1) rows.push(rowOf('all', results));
  const header = [
    ...['format', 'recipes', 'mutants', 'opened', 'refused', 'crashes', 'hangs', 'wrong'],
    ...['slowest ms', 'most MB'],
  ];
  return [header, ...rows].map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(12) : cell.padStart(10))).join(''),
  );
}

function rowOf(name: string, results: readonly Result[]): readonly string[] {
  const count = (test: (result: Result) => boolean): string => String(results.filter(test).length);
  const answers = results.flatMap(({ ended }) => ('ms' in ended ? [ended] : []));
  const most = (values: readonly number[]): string =>
    String(Math.round(values.reduce((top, value) => Math.max(top, value), 0)));
  return [
    name,
    count((result) => result.case.id.startsWith('recipe')),
    count((result) => result.case.id.startsWith('mutant')),
    count(({ ended }) => 'ms' in ended && ended.error === null && ended.skipped === undefined),
    count(({ ended }) => 'ms' in ended && ended.error !== null),
    count(({ ended }) => 'crashed' in ended),
    count(({ ended }) => 'hung' in ended),
    count(({ fault }) => fault !== null),
    most(answers.map(({ ms }) => ms)),
    most(answers.map(({ peakBytes }) => (peakBytes ?? 0) / 2 ** 20)),
  ];
}

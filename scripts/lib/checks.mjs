// @ts-check
// The checks of `npm run check` and `npm test`, each a visible step; what a tool says is shown when it fails.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.mjs';
import { root } from './paths.mjs';
import { nothing, tallyPlaywright, tallyVitest, withExitCode } from './tally.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */
/** @typedef {import('./progress.mjs').Reporter} Reporter */

/**
 * A tool's own script, run by this very Node: npx and shell shims are slower and differ between systems.
 * @param {string} path within node_modules
 */
const tool = (path) => join(root, 'node_modules', path);

const onePassed = { passed: 1, failed: 0, skipped: 0 };

/**
 * @param {Reporter} reporter
 * @param {string} title
 * @param {readonly string[]} command
 * @param {{env?: NodeJS.ProcessEnv, tally?: () => Tally}} [options] without a tally the check counts as one test
 * @returns {Promise<Tally>}
 */
async function check(reporter, title, command, { env, tally } = {}) {
  const step = reporter.step(title);
  const outcome = await run(process.execPath, command, {
    cwd: root,
    env: {
      ...process.env,
      FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
      NO_COLOR: process.stdout.isTTY ? '' : '1',
      ...env,
    },
  });
  const counted = withExitCode(tally ? tally() : outcome.code === 0 ? onePassed : nothing, outcome.code);
  const note = tally
    ? `${counted.passed} passed${counted.skipped ? `, ${counted.skipped} skipped` : ''}`
    : undefined;
  if (counted.failed === 0) {
    step.done(note);
    // what a test skipped, it says once: so does this
    const reasons = outcome.output.split('\n').filter((line) => line.startsWith('Skipped'));
    new Set(reasons).forEach((reason) => reporter.note(`  ${reason}`));
  } else {
    step.fail(`${counted.failed} failed`);
    reporter.note(outcome.output.trimEnd());
  }
  return counted;
}

/**
 * @param {Reporter} reporter
 * @param {string} title
 * @param {readonly string[]} projects
 * @param {{files?: readonly string[], env?: NodeJS.ProcessEnv}} [options] only these files
 */
export async function runVitest(reporter, title, projects, { files = [], env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'latentscape-vitest-'));
  const file = join(folder, 'report.json');
  try {
    const selection = projects.flatMap((project) => ['--project', project]);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    return await check(
      reporter,
      title,
      [tool('vitest/vitest.mjs'), 'run', ...files, ...selection, ...reporters],
      {
        env,
        tally: () => tallyVitest(file),
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Reporter} reporter
 * @param {string | null} chromium null: Playwright's own
 */
export async function runPlaywright(reporter, chromium) {
  const folder = mkdtempSync(join(tmpdir(), 'latentscape-e2e-'));
  const file = join(folder, 'report.json');
  try {
    return await check(
      reporter,
      'End-to-end tests',
      [tool('@playwright/test/cli.js'), 'test', '--reporter=line,json'],
      {
        env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file, ...(chromium ? { LATENTSCAPE_CHROMIUM: chromium } : {}) },
        tally: () => tallyPlaywright(file),
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Is there any end-to-end test? */
export function hasEndToEndTests() {
  const folder = join(root, 'tests', 'e2e');
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((name) => /\.(spec|test)\.ts$/.test(String(name)))
  );
}

/**
 * Format, lint, types, Svelte, unit tests.
 * @param {Reporter} reporter
 * @returns {Promise<Tally[]>}
 */
export async function runChecks(reporter) {
  return [
    await check(reporter, 'Format', [
      tool('prettier/bin/prettier.cjs'),
      '--check',
      '--log-level',
      'warn',
      '.',
    ]),
    await check(reporter, 'Lint', [tool('eslint/bin/eslint.js'), '--max-warnings', '0', '.']),
    await check(reporter, 'Types', [tool('typescript/bin/tsc'), '-b']),
    await check(reporter, 'Svelte', [
      tool('svelte-check/bin/svelte-check'),
      ...['--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings', '--output', 'human'],
    ]),
    await runVitest(reporter, 'Unit tests', ['unit']),
  ];
}

// @ts-check
// node_modules as package-lock.json says, installed once per lock file.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLine, run } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { root } from './paths.mjs';

// Inside node_modules, so that whoever removes the folder removes the stamp with it.
const stampFile = join(root, 'node_modules', '.latentscape-lock');

const lockDigest = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

export function dependenciesStand() {
  try {
    return readFileSync(stampFile, 'utf8') === lockDigest();
  } catch {
    return false;
  }
}

/** npm keeps a copy of the lock of what it installed: where the versions agree, someone ran npm by hand. */
function installedByHand() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional || entry.peer || installed[path]?.version === entry.version,
  );
}

/** @returns {string[]} the folders that npm will make */
function packageFolders() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.optional)
    .map(([path]) => join(root, path, 'package.json'));
}

/** `npm` runs itself through npm_execpath; started by hand, it is found on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return { program: process.execPath, prefix: [script] };
  if (process.platform === 'win32')
    return {
      program: process.execPath,
      prefix: [join(process.execPath, '..', 'node_modules', 'npm', 'bin', 'npm-cli.js')],
    };
  return { program: 'npm', prefix: [] };
}

/** @param {string} path */
const isLink = (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/** @param {import('./progress.mjs').Reporter} reporter */
export async function ensureDependencies(reporter) {
  if (dependenciesStand()) return;
  if (installedByHand()) {
    writeFileSync(stampFile, lockDigest());
    return;
  }
  if (isLink(join(root, 'node_modules')))
    throw new SetupFailure(
      'node_modules is a link to a folder elsewhere that does not hold what this checkout needs, and npm would empty that folder',
      'remove the link, then run the command again',
    );
  const step = reporter.step('Installing dependencies');
  const folders = packageFolders();
  const timer = setInterval(() => {
    const done = folders.filter((folder) => existsSync(folder)).length;
    step.update({ done, total: folders.length, unit: 'packages' });
  }, 1000);
  const { program, prefix } = npmCommand();
  // The proven set needs no package's install script; .npmrc turns them off.
  const outcome = await run(program, [...prefix, 'ci', '--no-progress', '--no-audit', '--no-fund'], {
    cwd: root,
  });
  clearInterval(timer);
  if (outcome.code !== 0) {
    const why = outcome.missing ? 'npm was not found' : explain(outcome.output);
    step.fail(why);
    throw new SetupFailure(
      `the dependencies could not be installed: ${why}`,
      'see to that, then run the command again',
    );
  }
  writeFileSync(stampFile, lockDigest());
  step.done(`${folders.length} packages`);
}

/** @param {string} output */
function explain(output) {
  if (/ENOSPC/.test(output)) return 'the disk is full';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(output))
    return 'the npm registry cannot be reached';
  if (/EACCES|EPERM/.test(output)) return 'the folder node_modules may not be written';
  if (/EINTEGRITY/.test(output)) return 'a package arrived damaged';
  return lastLine(output);
}

// @ts-check
// Compiles tfjs-node's own N-API sources (they come in its npm package) against the provided libtensorflow.
// N-API is stable across Node and Electron versions, so one addon serves Node 20, 22, 24 and Electron.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lastLine, run } from './command.mjs';
import { replaceFolder, withTemporaryFolder } from './disk.mjs';
import { SetupFailure, asFailure } from './failure.mjs';
import { root } from './paths.mjs';
import { copyDlls, findLibraries } from './unpack-libtensorflow.mjs';

export const napiVersion = 8;
const compileMilliseconds = 300_000;

const installCompiler =
  process.platform === 'darwin'
    ? 'run `xcode-select --install`, then `npm run setup`'
    : process.platform === 'win32'
      ? 'open the "Developer Command Prompt" of Visual Studio (C++ workload) and run `npm run setup` there'
      : 'install g++ (Debian and Ubuntu: `apt-get install g++`; Fedora: `dnf install gcc-c++`), then run `npm run setup`';

/**
 * Asked before anything is fetched: without a compiler 274 MB would be fetched in vain.
 * @returns {Promise<string>} the first compiler that answers
 */
export async function findCompiler() {
  if (process.platform === 'win32') {
    const { missing } = await run('cl', [], { timeout: 20_000 });
    if (!missing) return 'cl';
    throw new SetupFailure('there is no C++ compiler here (looked for cl)', installCompiler);
  }
  const candidates = process.env.CXX ? [process.env.CXX] : ['g++', 'c++', 'clang++'];
  for (const candidate of candidates) {
    const { code } = await run(candidate, ['--version'], { timeout: 20_000 });
    if (code === 0) return candidate;
  }
  throw new SetupFailure(
    `there is no C++ compiler here (looked for ${candidates.join(', ')})`,
    installCompiler,
  );
}

/**
 * @param {string} include of libtensorflow
 * @returns {string[]}
 */
function includeFolders(include) {
  const packages = join(root, 'node_modules');
  return [join(packages, 'node-api-headers', 'include'), include, join(packages, '@tensorflow', 'tfjs-node')];
}

/** @returns {string[]} */
function sources() {
  const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'binding');
  return ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(folder, name));
}

/**
 * @param {import('./command.mjs').Outcome} outcome
 * @param {string} doing
 */
function mustSucceed(outcome, doing) {
  if (outcome.code === 0) return;
  if (/No space left/.test(outcome.output)) throw Object.assign(new Error(), { code: 'ENOSPC' });
  const why = outcome.timedOut ? 'it took more than 5 minutes' : lastLine(outcome.output);
  throw new SetupFailure(
    `${doing} failed (${why})`,
    'see that g++ or clang++ can compile C++17, then run `npm run setup`',
  );
}

/**
 * @param {string} output the .node file
 * @param {{include: string, lib: string, libraries: string[]}} tensorflow
 * @param {string} scratch
 */
async function compileUnix(output, { include, lib, libraries }, scratch) {
  const compiler = await findCompiler();
  const flags = ['-fPIC', '-O2', '-std=c++17', '-w', `-DNAPI_VERSION=${napiVersion}`];
  const includes = includeFolders(include).map((folder) => `-I${folder}`);
  // The compiler's own temporary files go where they are removed with everything else.
  const options = { timeout: compileMilliseconds, env: { ...process.env, TMPDIR: scratch } };
  const objects = sources().map((source) => join(scratch, `${basename(source, '.cc')}.o`));
  const outcomes = await Promise.all(
    sources().map((source, index) =>
      run(
        compiler,
        [...flags, ...includes, '-c', source, '-o', /** @type {string} */ (objects[index])],
        options,
      ),
    ),
  );
  for (const outcome of outcomes) mustSucceed(outcome, 'compiling the native addon');
  const linking = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const libraryFiles = libraries.map((name) => join(lib, name));
  const link = await run(
    compiler,
    [...linking, ...objects, '-o', output, ...libraryFiles, `-Wl,-rpath,${lib}`],
    options,
  );
  mustSucceed(link, 'linking the native addon');
}

/**
 * Windows, with Microsoft's compiler. Written from its documentation and not proven on a machine: where it fails, the
 * reason is recorded and the app runs on WebAssembly.
 * @param {string} output
 * @param {{include: string, lib: string}} tensorflow
 * @param {string} scratch
 */
async function compileWindows(output, { include, lib }, scratch) {
  const definitions = join(root, 'node_modules', 'node-api-headers', 'def', 'node_api.def');
  const nodeLibrary = join(scratch, 'node_api.lib');
  mustSucceed(
    await run('lib', [`/def:${definitions}`, `/out:${nodeLibrary}`, '/machine:x64'], { cwd: scratch }),
    'preparing the native addon',
  );
  const compile = [
    '/nologo',
    '/LD',
    '/O2',
    '/EHsc',
    '/std:c++17',
    `/DNAPI_VERSION=${napiVersion}`,
    '/DCOMPILER_MSVC',
  ];
  const link = ['/link', `/OUT:${output}`, join(lib, 'tensorflow.lib'), nodeLibrary];
  mustSucceed(
    await run(
      'cl',
      [...compile, ...includeFolders(include).map((folder) => `/I${folder}`), ...sources(), ...link],
      {
        cwd: scratch,
        timeout: compileMilliseconds,
      },
    ),
    'compiling the native addon',
  );
}

/**
 * Loads the addon in a process of its own: a library that does not fit this machine may crash rather than throw.
 * @param {string} addon
 * @returns {Promise<string>} TensorFlow's version, as the library itself says it
 */
export async function probeAddon(addon) {
  const script = `process.stdout.write('TF ' + require(${JSON.stringify(addon)}).TF_Version)`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  const { code, output } = await run(process.execPath, ['-e', script], { env, timeout: 60_000 });
  const version = /TF (\d[\w.+-]*)/.exec(output)?.[1];
  if (code === 0 && version) return version;
  const why = /GLIBC\S*|invalid ELF header|Illegal instruction|cannot open shared object file/i.exec(
    output,
  )?.[0];
  throw new SetupFailure(
    `the native addon was built and does not load here (${why ?? (code === 132 ? 'the processor lacks an instruction it needs' : lastLine(output))})`,
    'give a libtensorflow that fits this machine in LATENTSCAPE_LIBTENSORFLOW, then run `npm run setup`',
  );
}

/**
 * @param {string} folder where the addon is to stand
 * @param {string} libtensorflow
 * @param {string} cache
 * @param {import('./progress.mjs').Reporter} reporter
 * @returns {Promise<{addon: string, tensorflow: string}>}
 */
export async function buildAddon(folder, libtensorflow, cache, reporter) {
  const found = findLibraries(libtensorflow);
  if (!found) throw new SetupFailure(`${libtensorflow} holds no TensorFlow`, 'run `npm run setup`');
  const step = reporter.step('Compiling the native addon (some 20 s)');
  try {
    return await withTemporaryFolder(cache, async (scratch) => {
      const built = join(scratch, 'addon');
      mkdirSync(built);
      const output = join(built, 'tfjs_binding.node');
      if (process.platform === 'win32') {
        await compileWindows(output, found, scratch);
        copyDlls(found.lib, built);
      } else await compileUnix(output, found, scratch);
      const tensorflow = await probeAddon(output);
      replaceFolder(built, folder);
      step.done(`TensorFlow ${tensorflow}`);
      return { addon: join(folder, 'tfjs_binding.node'), tensorflow };
    });
  } catch (error) {
    const failure = asFailure(error, 'compiling the native addon');
    step.fail(failure.why);
    throw failure;
  }
}

/** @returns {string} */
export function tfjsNodeVersion() {
  const file = join(root, 'node_modules', '@tensorflow', 'tfjs-node', 'package.json');
  if (!existsSync(file))
    throw new SetupFailure('@tensorflow/tfjs-node is not installed', 'run `npm run setup`');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

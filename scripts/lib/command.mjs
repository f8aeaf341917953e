// @ts-check
// Runs another program to its end, keeping what it printed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @typedef {{code: number, output: string, missing: boolean, timedOut: boolean}} Outcome */

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number}} [options]
 * @returns {Promise<Outcome>}
 */
export function run(program, args, { cwd, env = process.env, timeout } = {}) {
  return new Promise((settle) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let timedOut = false;
    const timer = timeout
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeout)
      : undefined;
    // Both streams are read to their end: a child whose pipe is full hangs.
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output = (output + text).slice(-200_000);
      });
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      const missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
      settle({ code: 127, output: `${output}${error.message}`, missing, timedOut: false });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      settle({ code: code ?? signalCode(signal), output, missing: false, timedOut });
    });
  });
}

/**
 * Hands the terminal to another program; resolves with its exit code, as a shell would report it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 * @returns {Promise<number>}
 */
export function handOver(program, args, options = {}) {
  return new Promise((settle, reject) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    // A terminal sends Ctrl+C to the whole group: the child decides, this process waits for it. Signals that were
    // sent to this process alone are passed on.
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, forward);
    // npm starts scripts through a shell that passes no signal on: whoever ends npm would leave the app behind.
    const parent = process.ppid;
    const orphaned = () => process.ppid !== parent && child.kill('SIGTERM');
    const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, 1000) : undefined;
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of signals) process.off(name, forward);
      settle(code ?? signalCode(signal));
    });
  });
}

/** @param {NodeJS.Signals | null} signal */
function signalCode(signal) {
  return signal ? 128 + (constants.signals[signal] ?? 0) : 1;
}

/**
 * The last line that says something, for one sentence about a failure.
 * @param {string} output
 */
export function lastLine(output) {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(npm (error|ERR!)\s*)?(A complete log|\[notice\])/.test(line));
  const telling = lines.filter((line) => /error|fatal|cannot|could not|no such/i.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? 'it said nothing').slice(0, 300);
}

// What a stranger's file makes us open: nothing but itself. The recipes that name, link to or pack something elsewhere are taken under strace,
// which notes every file that is opened, every connection and every program; skipped aloud where there is none.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleChild, casesOf, runCorpus } from '../malformed/run-corpus';

const REACHING =
  /path|link|pipe|device|elsewhere|file (above|of|through)|a folder|generator in|entry|vocabulary|download|canary|hostile|ReadFile|WriteFile|reads-a-file/;

function canTrace(): boolean {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const traces = canTrace();
if (!traces)
  process.stdout.write('Skipped: what malformed files make us open; strace is not here or not allowed.\n');

/** What the process itself needs: its packages, the system's libraries, and what it asks of the machine. */
const OWN =
  /^\/(proc|sys|usr|lib|lib64|dev\/(null|urandom|tty)|etc\/(os-release|machine-id|ld\.so|localtime|timezone|nsswitch|host|resolv|ssl))|\/node_modules\/|tests\/fixtures\/|\/package\.json$/;

test.skipIf(!traces)(
  'nothing outside the folder is opened, no connection is made and no program started',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latentscape-trace-'));
    const child = await bundleChild();
    try {
      const cases = (await casesOf(0)).filter(({ name, id }) => id === 'base' || REACHING.test(name));
      expect(cases.length).toBeGreaterThan(100);
      const log = join(folder, 'trace.txt');
      const results = await runCorpus(child.path, cases, { traceTo: log });
      expect(
        results.filter(({ fault }) => fault !== null).map((result) => [result.case.name, result.fault]),
      ).toEqual([]);
      const lines = (await readFile(log, 'utf8')).split('\n');
      const firstCase = lines.findIndex((line) => line.includes('/canary.bin"'));
      expect(firstCase).toBeGreaterThan(0); // the canary is laid out by the process itself, so the trace is whole
      const opened = lines
        .slice(firstCase)
        .filter((line) => /\bopen(at2?)?\(/.test(line) && !/O_WRONLY|O_RDWR/.test(line));
      expect(opened.length).toBeGreaterThan(cases.length);
      const outside = opened.filter((line) => {
        const path = /"([^"]*)"/.exec(line)?.[1] ?? '';
        const isOfCase = /latentscape-malformed-\w+\/\d+-\d+\/(model|library)(\/|$)/.test(path);
        // what is listed is removed by the process itself, when the case is over
        const isRemoved =
          /latentscape-malformed-\w+\/\d+-\d+(\/outside)?$/.test(path) && line.includes('O_DIRECTORY');
        return !isOfCase && !isRemoved && !OWN.test(path);
      });
      expect(outside).toEqual([]);
      expect(lines.filter((line) => /connect\(.*AF_INET/.test(line))).toEqual([]);
      const programs = lines.slice(firstCase).filter((line) => /execve\(/.test(line) && !/mkfifo/.test(line));
      expect(programs).toEqual([]);
    } finally {
      await child.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
  600_000,
);

// Words that a shell hands over as they are: checked with a real shell, and with PowerShell's rules where there is none.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, quoted, shellOf } from '#shared/command-line';

const NASTY = [
  "it's",
  'a b',
  '$HOME `id` $(id)',
  'a"b',
  '\\',
  "'",
  '!!',
  '*',
  '~',
  '#x',
  '-1',
  'a;b&c|d>e',
  'ä “ö” 你',
  '--z=0.5,-1',
  'line\nbreak',
];

describe.skipIf(process.platform === 'win32')('a POSIX shell', () => {
  const words = (line: string): string[] =>
    execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`])
      .toString()
      .split('\0')
      .slice(0, -1);

  it('hands over every word as it was', () =>
    expect(words(NASTY.map((word) => quoted(word)).join(' '))).toEqual(NASTY));

  it('whatever is in it', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (all) => {
        expect(words(all.map((each) => quoted(each)).join(' '))).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });
});

describe('PowerShell', () => {
  it('gets a quote doubled, and what it would make a list of quoted', () => {
    expect(quoted("it's", 'powershell')).toBe("'it''s'");
    expect(quoted('--z=0.5,-1', 'powershell')).toBe("'--z=0.5,-1'");
    expect(quoted('a"b', 'powershell')).toBe(`'a\\"b'`);
    expect(quoted('@list', 'powershell')).toBe("'@list'");
  });
  it('starts the program without npm, whose script loses the two dashes', () => {
    const words = ['grid', 'm', '--out', 'C:\\my files\\x.png'];
    expect(commandLine(words, shellOf('win32-x64'))).toBe(
      "node scripts/run.mjs cli grid m --out 'C:\\my files\\x.png'",
    );
    expect(commandLine(words.slice(0, 2), shellOf('linux-x64'))).toBe('npm run -s cli -- grid m');
    expect(shellOf(undefined)).toBe('posix');
  });
});

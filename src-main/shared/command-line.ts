// A line for a shell that starts one command of ours: what "copy as command" puts on the clipboard. Quoted so that the shell hands over
// exactly these words, whatever is in them.

export type Shell = 'posix' | 'powershell';

/** How this engine's machine is spoken to; `platform` as engine/info says it, e.g. 'win32-x64'. */
export const shellOf = (platform: string | undefined): Shell =>
  platform?.startsWith('win32') === true ? 'powershell' : 'posix';

/** npm's script for PowerShell loses the `--` in some versions, so the program is started without npm there. */
const PROGRAM: Readonly<Record<Shell, string>> = {
  posix: 'npm run -s cli --',
  powershell: 'node scripts/run.mjs cli',
};

/** The command's own words, e.g. ['decode', 'fashion-vae-2d', '--z=0.5,-1', '--out', 'x.png']. */
export const commandLine = (words: readonly string[], shell: Shell = 'posix'): string =>
  [PROGRAM[shell], ...words.map((word) => quoted(word, shell))].join(' ');

/** Nothing in these means anything to either shell. A comma is not among them: PowerShell makes a list of it. */
const PLAIN = /^[\w./:=+-]+$/;

export function quoted(word: string, shell: Shell = 'posix'): string {
  if (PLAIN.test(word)) return word;
  if (shell === 'posix') return POSIX_PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  // Windows PowerShell passes a double quote on to a program only behind a backslash
  return `'${word.replaceAll("'", "''").replaceAll('"', '\\"')}'`;
}

const POSIX_PLAIN = /^[\w./:=+,@%-]+$/;

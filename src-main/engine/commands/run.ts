// From the words of a command line to an exit code: finds the command, checks its options, prints its answer or its one sentence.
import { cac } from 'cac';
import { AppError, exitCodeOf, toWireError } from '#shared/errors';
import { arithmeticCommand } from './arithmetic';
import { benchCommand } from './bench';
import { parseInput, type Command, type CommandContext } from './command';
import { datasetsCommand } from './datasets';
import { directionsCommand } from './directions';
import { evaluateCommand } from './evaluate';
import { importCommand, inspectCommand } from './import';
import { mapCommand, neighboursCommand } from './map';
import { doctorCommand, modelsCommand } from './models';
import { decodeCommand, encodeCommand, gridCommand, sampleCommand } from './pictures';
import { exportCommand } from './export';
import { interpolateCommand } from './interpolate';
import { removeCommand, renameCommand, restoreCommand } from './library';
import { planeCommand } from './plane';
import { projectCommand } from './project';
import { proveCommand } from './prove';
import { serveCommand } from './serving';
import { jobsCommand, trainCommand } from './training';
import { traverseCommand } from './traverse';

const COMMANDS: readonly Command[] = [
  doctorCommand,
  modelsCommand,
  inspectCommand,
  importCommand,
  sampleCommand,
  gridCommand,
  decodeCommand,
  encodeCommand,
  interpolateCommand,
  mapCommand,
  neighboursCommand,
  planeCommand,
  traverseCommand,
  arithmeticCommand,
  directionsCommand,
  exportCommand,
  projectCommand,
  renameCommand,
  removeCommand,
  restoreCommand,
  datasetsCommand,
  trainCommand,
  jobsCommand,
  evaluateCommand,
  proveCommand,
  serveCommand,
  benchCommand,
];

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

type ContextFor = (asJson: boolean) => Omit<CommandContext, 'asJson' | 'log' | 'emit'>;

/** Never throws. @returns 0 ok, 2 bad usage, 3 bad input file, 4 engine failure. */
export async function runCommandLine(
  argv: readonly string[],
  version: string,
  contextFor: ContextFor,
  terminal: Terminal,
): Promise<number> {
  const asJson = argv.includes('--json');
  try {
    const chosen = choose(argv, version);
    if (chosen === null) return 0; // help or version was printed
    const { command, raw } = chosen;
    const answer = await command.run(parseInput(command, raw), {
      ...contextFor(asJson),
      asJson,
      log: (line) => terminal.err(`${line}\n`),
      emit: (document) => terminal.out(`${JSON.stringify(document)}\n`),
    });
    if (answer.partial !== true) {
      terminal.out(
        asJson ? `${JSON.stringify(answer.json)}\n` : answer.lines.map((line) => `${line}\n`).join(''),
      );
    }
    return answer.exitCode ?? 0;
  } catch (thrown) {
    const error = toWireError(thrown);
    const { code, sentence, where } = error;
    if (asJson)
      terminal.out(
        `${JSON.stringify({ error: { code, sentence, ...(where === undefined ? {} : { where }) } })}\n`,
      );
    terminal.err(`${sentence}\n`);
    if (code === 'engine/unexpected' && process.env.LATENTSCAPE_DEBUG && thrown instanceof Error)
      terminal.err(`${thrown.stack}\n`);
    return exitCodeOf(code);
  }
}

interface Chosen {
  readonly command: Command;
  readonly raw: Readonly<Record<string, unknown>>;
}

function choose(argv: readonly string[], version: string): Chosen | null {
  const program = cac('latentscape');
  let chosen: Chosen | null = null;
  for (const command of COMMANDS) {
    const entry = program.command(command.usage, command.describe);
    for (const { flag, describe, default: initial } of command.options) {
      entry.option(flag, describe, initial === undefined ? {} : { default: initial });
    }
    command.examples?.forEach((example) => entry.example(`  npm run -s cli -- ${example}`));
    const positional = [...command.usage.matchAll(/[<[](\w+)[>\]]/g)].map((match) => match[1]!);
    entry.action((...args: unknown[]) => {
      const options = args.at(-1) as Record<string, unknown>;
      const named = positional
        .map((name, i) => [name, args[i]] as const)
        .filter(([, value]) => value !== undefined);
      chosen = { command, raw: { ...options, ...Object.fromEntries(named) } };
    });
  }
  program.option('--json', 'one JSON document on stdout');
  program.help();
  program.version(version);
  try {
    program.parse(['node', 'latentscape', ...argv], { run: false });
    if (program.options.help === true || program.options.version === true) return null;
    if (program.matchedCommand === undefined) {
      if (argv.length === 0) {
        program.outputHelp();
        return null;
      }
      throw unknownCommand(program.args[0] ?? argv[0] ?? '');
    }
    program.runMatchedCommand();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError({
      code: 'usage/arguments',
      headline: 'The command line is not understood',
      cause: error instanceof Error ? error.message : undefined,
      remedy: 'see --help',
    });
  }
  return chosen;
}

function unknownCommand(name: string): AppError {
  return new AppError({
    code: 'usage/command',
    headline: 'There is no such command',
    where: name,
    remedy: `choose one of ${COMMANDS.map(({ usage }) => usage.split(' ')[0]).join(', ')}`,
  });
}

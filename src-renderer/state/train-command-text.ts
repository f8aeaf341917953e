// The same training as a line for the command line.
import { commandLine, type Shell } from '#shared/command-line';
import type { ConfigJson, DataOptions, DataSpec } from '#shared/training';

export interface CommandParts {
  readonly preset: string;
  readonly config: ConfigJson;
  /** Was anything changed of the preset? */
  readonly isChanged: boolean;
  readonly data: DataSpec;
  readonly options: DataOptions;
}

const CONFIG_FILE = 'training.json';

/** A preset as it is goes by its name; a changed one goes as a file that the first lines write. */
export function trainCommandText(
  { preset, config, isChanged, data, options }: CommandParts,
  shell: Shell = 'posix',
): string {
  const { mirror = false, shift = 0, brightness = 0 } = options.augmentation ?? {};
  const words = [
    'train',
    ...(isChanged ? ['--config', CONFIG_FILE] : ['--preset', preset]),
    '--data',
    data.kind === 'path' ? data.path : `builtin:${data.name},${data.count},${data.size},${data.seed}`,
    ...(options.size === null ? [] : ['--size', String(options.size)]),
    ...(options.crop === 'cover' ? [] : ['--crop', options.crop]),
    ...(options.grey ? ['--grey'] : []),
    ...(options.labelColumn === undefined ? [] : ['--label', options.labelColumn]),
    ...(mirror ? ['--mirror'] : []),
    ...(shift > 0 ? ['--shift', String(shift)] : []),
    ...(brightness > 0 ? ['--brightness', String(brightness)] : []),
    ...['--out', `runs/${preset}`],
  ];
  const line = commandLine(words, shell);
  return isChanged ? `${writing(JSON.stringify(config, null, 2), shell)}\n${line}` : line;
}

/** The lines that write the file. */
const writing = (text: string, shell: Shell): string =>
  shell === 'posix'
    ? `cat > ${CONFIG_FILE} <<'EOF_TRAINING'\n${text}\nEOF_TRAINING`
    : // Set-Content would put a byte order mark before it
      `[IO.File]::WriteAllText("$PWD/${CONFIG_FILE}", @'\n${text}\n'@)`;

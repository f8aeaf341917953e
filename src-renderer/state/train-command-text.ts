// The same training as a line for the command line.
import { quoted } from '#shared/command-line';
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

/** A preset as it is goes by its name; a changed one goes as a file that the first line writes. */
export function trainCommandText({ preset, config, isChanged, data, options }: CommandParts): string {
  const words = ['npm run -s cli -- train', isChanged ? `--config ${CONFIG_FILE}` : `--preset ${preset}`];
  if (data.kind === 'path') words.push(`--data ${quoted(data.path)}`);
  else words.push(`--data builtin:${data.name},${data.count},${data.size},${data.seed}`);
  if (options.size !== null) words.push(`--size ${options.size}`);
  if (options.crop !== 'cover') words.push(`--crop ${options.crop}`);
  if (options.grey) words.push('--grey');
  if (options.labelColumn !== undefined) words.push(`--label ${quoted(options.labelColumn)}`);
  const { mirror = false, shift = 0, brightness = 0 } = options.augmentation ?? {};
  if (mirror) words.push('--mirror');
  if (shift > 0) words.push(`--shift ${shift}`);
  if (brightness > 0) words.push(`--brightness ${brightness}`);
  words.push(`--out runs/${preset}`);
  const line = words.join(' ');
  if (!isChanged) return line;
  return `cat > ${CONFIG_FILE} <<'EOF_TRAINING'\n${JSON.stringify(config, null, 2)}\nEOF_TRAINING\n${line}`;
}

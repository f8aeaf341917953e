// What set-up wrote down about the native engine (scripts/lib/native-engine.mjs writes it).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from './cache-folder';

const record = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('native'),
    addon: z.string().min(1),
    tensorflow: z.string(),
    source: z.string(),
    at: z.string(),
  }),
  z.object({ state: z.literal('unavailable'), why: z.string(), remedy: z.string(), at: z.string() }),
]);

export type NativeRecord = Readonly<z.infer<typeof record>>;

const setUp = 'run `npm run setup`';

/** Never throws: a record that is absent or unreadable is one more reason for having no native engine. */
export function readNativeRecord(folder: string = cacheFolder()): NativeRecord {
  const file = join(folder, 'native.json');
  const unavailable = (why: string): NativeRecord => ({ state: 'unavailable', why, remedy: setUp, at: '' });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return unavailable('the native engine has not been set up on this machine');
  }
  let parsed: z.ZodSafeParseResult<NativeRecord>;
  try {
    parsed = record.safeParse(JSON.parse(text));
  } catch {
    return unavailable(`the record of the native engine is damaged (${file})`);
  }
  if (!parsed.success) return unavailable(`the record of the native engine is damaged (${file})`);
  if (parsed.data.state === 'native' && !existsSync(parsed.data.addon))
    return unavailable(`the native addon is gone (${parsed.data.addon})`);
  return parsed.data;
}

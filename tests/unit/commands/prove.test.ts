import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { CommandContext } from '#engine/commands/command';
import { proveCommand } from '#engine/commands/prove';
import { PROOFS } from '#engine/proofs/all';

afterEach(() => vi.unstubAllEnvs());

const logged: string[] = [];
const context = { asJson: false, log: (line: string) => logged.push(line) } as unknown as CommandContext;
const ABOUT_MNIST = { id: 'vae-mnist', seeds: 1, seed: 1 };

it('a claim about data that is not there is skipped, aloud, and is no failure', async () => {
  vi.stubEnv('LATENTSCAPE_DATA', undefined);
  const { lines, json, exitCode } = await proveCommand.run(ABOUT_MNIST, context);
  expect(logged).toEqual([
    expect.stringContaining('skips vae-mnist: it is about mnist, and LATENTSCAPE_DATA'),
  ]);
  expect(lines.at(-1)).toBe('0 of 0 claims hold; 1 skipped for want of their data');
  expect(json).toEqual([expect.objectContaining({ id: 'vae-mnist', skipped: expect.any(String) as string })]);
  expect(exitCode).toBeUndefined();
});

it('so is one whose folder is missing in the folder of data sets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latentscape-prove-'));
  vi.stubEnv('LATENTSCAPE_DATA', folder);
  const { lines } = await proveCommand.run(ABOUT_MNIST, context);
  expect(lines[0]).toContain('there is no mnist in the folder LATENTSCAPE_DATA');
  await rm(folder, { recursive: true });
});

it('claims have names of their own, and a wrong name is answered with them', async () => {
  const ids = PROOFS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  await expect(proveCommand.run({ ...ABOUT_MNIST, id: 'vae-nothing' }, context)).rejects.toThrow(
    'choose one of exact-linear-vae',
  );
});

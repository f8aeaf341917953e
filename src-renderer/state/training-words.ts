// Durations, sizes and states of a training in words, the same wherever they are shown.
import type { FamilyName, JobState } from '#shared/training';
import type { Upload } from './training-upload';

export const FAMILY_TITLES: Readonly<Record<FamilyName, string>> = {
  vae: 'VAE',
  cvae: 'Conditional VAE',
  gan: 'GAN',
  cgan: 'Conditional GAN',
  acgan: 'AC-GAN',
  infogan: 'InfoGAN',
  bigan: 'BiGAN',
  vaegan: 'VAE/GAN',
};

export const STATE_WORDS: Readonly<Record<JobState, string>> = {
  queued: 'Waiting',
  running: 'Running',
  paused: 'Paused',
  stopped: 'Stopped',
  done: 'Finished',
  failed: 'Failed',
};

const MINUTE = 60;
const HOUR = 3600;

/** "8 s", "3 min 20 s", "2 h 05 min". */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 1) return '< 1 s';
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) {
    const [minutes, rest] = [Math.floor(whole / MINUTE), whole % MINUTE];
    return minutes >= 10 || rest === 0 ? `${Math.round(whole / MINUTE)} min` : `${minutes} min ${rest} s`;
  }
  const minutes = Math.round(whole / MINUTE);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** What is on its way in, as the place where it was dropped shows it. */
export const comingIn = ({
  name,
  done,
  total,
}: Upload): { readonly words: string; readonly share: number } => ({
  words: `“${name}”: ${bytesText(done)} of ${bytesText(total)}`,
  share: done / Math.max(1, total),
});

export const countText = (count: number): string => Math.round(count).toLocaleString('en');

/** Four significant digits, with a true minus. */
export function figureText(value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value.toExponential(2)
      : value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
  return text.replaceAll('-', '−');
}

/** "12 minutes ago", for lists. */
export function agoText(since: number, now: number): string {
  const seconds = Math.max(0, (now - since) / 1000);
  if (seconds < MINUTE) return 'just now';
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < 24 * HOUR) return `${Math.floor(seconds / HOUR)} h ago`;
  return `${Math.floor(seconds / (24 * HOUR))} d ago`;
}

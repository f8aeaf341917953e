// @ts-check
// Shows what a step is doing: one line that is redrawn on a terminal, a few plain lines anywhere else.

/** @typedef {{done: number, total?: number | null, unit?: 'bytes' | string}} Amount */
/** @typedef {{update: (amount: Amount) => void, done: (note?: string) => void, fail: (note: string) => void}} Step */
/** @typedef {{step: (title: string) => Step, note: (line: string) => void}} Reporter */

const redrawMilliseconds = 100;
const plainLineMilliseconds = 10_000;

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(0)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** @param {number} milliseconds */
export function formatDuration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/**
 * "120 of 274 MB, 12 s left", or what of it is known.
 * @param {Amount} amount
 * @param {number} elapsed milliseconds since the step began
 */
export function describeAmount({ done, total, unit }, elapsed) {
  const show = unit === 'bytes' ? formatBytes : String;
  const suffix = unit && unit !== 'bytes' ? ` ${unit}` : '';
  if (!total) return `${show(done)}${suffix}`;
  const fraction = Math.min(1, done / total);
  // A guess from the first percent would only jump about.
  const left = fraction > 0.02 ? `, ${formatDuration((elapsed * (1 - fraction)) / fraction)} left` : '';
  return `${show(done)} of ${show(total)}${suffix} (${Math.floor(fraction * 100)} %)${left}`;
}

/**
 * @param {{stream?: NodeJS.WriteStream, now?: () => number}} [options]
 * @returns {Reporter}
 */
export function createReporter({ stream = process.stdout, now = Date.now } = {}) {
  const live = Boolean(stream.isTTY);
  /** @param {string} line */
  const draw = (line) => stream.write(`\r\x1b[2K${line.slice(0, Math.max(20, (stream.columns || 80) - 1))}`);
  return {
    note(line) {
      stream.write(`${line}\n`);
    },
    step(title) {
      const began = now();
      /** @type {Amount | null} */
      let latest = null;
      let lastPlain = began;
      let ended = false;
      const line = () =>
        latest
          ? `${title}: ${describeAmount(latest, now() - began)}`
          : `${title} … ${formatDuration(now() - began)}`;
      if (live) draw(`${title} …`);
      else stream.write(`${title} …\n`);
      // The timer also moves the clock of a step that has no amounts to tell.
      const timer = setInterval(
        () => {
          if (live) draw(line());
          else if (now() - lastPlain >= plainLineMilliseconds) {
            lastPlain = now();
            stream.write(`  ${line()}\n`);
          }
        },
        live ? redrawMilliseconds : 1000,
      );
      timer.unref();
      /** @param {string} mark @param {string} [note] */
      const end = (mark, note) => {
        if (ended) return;
        ended = true;
        clearInterval(timer);
        const text = `${mark} ${title} (${formatDuration(now() - began)})${note ? `: ${note}` : ''}`;
        stream.write(live ? `\r\x1b[2K${text}\n` : `${text}\n`);
      };
      return {
        update(amount) {
          latest = amount;
        },
        done: (note) => end('✓', note),
        fail: (note) => end('✗', note),
      };
    },
  };
}

/** A reporter that says nothing, for tests. @type {Reporter} */
export const silentReporter = {
  note() {},
  step: () => ({ update() {}, done() {}, fail() {} }),
};

// @ts-check
// A step that failed for a reason that can be said in one sentence, with what to do about it.

export class SetupFailure extends Error {
  /**
   * @param {string} why one sentence without a full stop
   * @param {string} remedy what to do, one sentence without a full stop
   * @param {{disk?: boolean}} [options] disk: no other source would fare better, for the disk is the trouble
   */
  constructor(why, remedy, { disk = false } = {}) {
    super(why);
    this.name = 'SetupFailure';
    this.why = why;
    this.remedy = remedy;
    this.disk = disk;
  }
}

/**
 * Any thrown thing as a failure that can be shown.
 * @param {unknown} error
 * @param {string} [doing] what was being done
 * @returns {SetupFailure}
 */
export function asFailure(error, doing) {
  if (error instanceof SetupFailure) return error;
  const code = /** @type {{code?: string}} */ (error)?.code;
  const path = /** @type {{path?: string}} */ (error)?.path;
  const where = path ? ` (${path})` : '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new SetupFailure(
      `the disk is full${where}`,
      'free some space, or point LATENTSCAPE_CACHE to a folder on a larger disk, then run `npm run setup`',
      { disk: true },
    );
  // A recursive mkdir on a read-only file system answers ENOENT.
  const syscall = /** @type {{syscall?: string}} */ (error)?.syscall;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || (code === 'ENOENT' && syscall === 'mkdir'))
    return new SetupFailure(
      `the folder may not be written${where}`,
      'give yourself the right to write there, or point LATENTSCAPE_CACHE to a folder of yours, then run `npm run setup`',
      { disk: true },
    );
  const message = error instanceof Error ? error.message : String(error);
  return new SetupFailure(
    doing ? `${doing}: ${message}` : message,
    'run `npm run setup` to try again; the lines above say more',
  );
}

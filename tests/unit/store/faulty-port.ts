/** A file port that works on the real disk until its n-th call, as SQLite's tests do with the operating system. */
import { realFilePort, type FilePort, type OpenFile } from '#engine/store/file-port';

export type Fault =
  /** The n-th call fails, those after it work. */
  | 'once'
  /** The n-th call and all after it fail: as if the process had been killed there. */
  | 'dead'
  /** The n-th call writes half of what it is given, then the process is dead. */
  | 'torn';

export interface FaultyPort {
  readonly port: FilePort;
  /** Did it come to the n-th call? */
  readonly struck: () => boolean;
}

export function faultyPort(n: number, fault: Fault, code = 'EIO', writeAtMost = Infinity): FaultyPort {
  let calls = 0;
  const strikes = (): boolean => {
    calls++;
    return fault === 'once' ? calls === n : calls >= n;
  };
  const failure = (): Error => Object.assign(new Error(`${code}: injected`), { code });
  const guarded =
    <Arguments extends readonly unknown[], Result>(call: (...values: Arguments) => Promise<Result>) =>
    (...values: Arguments): Promise<Result> =>
      strikes() ? Promise.reject(failure()) : call(...values);

  const guardFile = (file: OpenFile): OpenFile => ({
    read: guarded(file.read),
    sync: guarded(file.sync),
    size: guarded(file.size),
    write: async (bytes) => {
      if (!strikes()) return file.write(bytes.subarray(0, Math.min(bytes.length, writeAtMost)));
      if (fault === 'torn' && calls === n) await file.write(bytes.subarray(0, bytes.length >> 1));
      throw failure();
    },
    // The file is closed whatever is pretended, or the test itself would run out of them.
    close: async () => {
      const struck = strikes();
      await file.close();
      if (struck) throw failure();
    },
  });

  const port: FilePort = {
    open: guarded(async (path, flags, mode) => guardFile(await realFilePort.open(path, flags, mode))),
    link: guarded(realFilePort.link),
    rename: guarded(realFilePort.rename),
    unlink: guarded(realFilePort.unlink),
    mkdir: guarded(realFilePort.mkdir),
    removeFolder: guarded(realFilePort.removeFolder),
    list: guarded(realFilePort.list),
    exists: guarded(realFilePort.exists),
    syncFolder: guarded(realFilePort.syncFolder),
  };
  return { port, struck: () => calls >= n };
}

/** What goes wrong with a stranger's network is its file's fault, and the sentence says which file. */
import { AppError, isCancelled } from '#shared/errors';

/** What is thrown in `body` names the file `where` beside what it names itself; what a network does to its runner is no failure of the engine. */
export async function ofFile<T>(where: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof AppError) || isCancelled(error)) throw error;
    const isOurs = error.code.startsWith('engine/');
    if (!isOurs && error.where?.includes(where) === true) throw error;
    const { headline, detail: cause, remedy, snippet, listing } = error;
    throw new AppError({
      code: isOurs ? 'model/failed' : error.code,
      ...{ headline, cause, remedy, snippet, listing },
      where: error.where === undefined || error.where === where ? where : `${where}: ${error.where}`,
    });
  }
}

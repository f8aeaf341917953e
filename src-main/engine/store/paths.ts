/** Where things are kept. The environment is an argument, so that tests and portable installs decide for themselves. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

export const realSurroundings = (): Surroundings => ({
  environment: process.env,
  platform: process.platform,
  home: homedir(),
});

/** Everything the app keeps for a person: $LATENTSCAPE_HOME, or where the platform keeps application data. */
export function userDataFolder({ environment, platform, home }: Surroundings = realSurroundings()): string {
  const chosen = environment['LATENTSCAPE_HOME'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Latentscape');
  if (platform === 'win32')
    return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Latentscape');
  // The XDG specification: a relative value is invalid and is ignored.
  const data = environment['XDG_DATA_HOME'];
  return join(data?.startsWith('/') === true ? data : join(home, '.local', 'share'), 'latentscape');
}

/** Packs that the person trained or imported. */
export const libraryFolder = (userData: string): string => join(userData, 'models');

/** Everything that the person made with models. */
export const projectsFolder = (userData: string): string => join(userData, 'projects');

/** Packs that came with the app; `appRoot` is the folder that holds package.json. */
export const bundledModelsFolder = (appRoot: string): string => join(appRoot, 'models');

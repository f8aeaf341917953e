// The window's page comes through a scheme of its own, app://latentscape, and not from file://, where every page could read the disk.
import type { ElectronParts } from './electron-parts';
import { securityHeaders } from './csp';
import type { PageFiles } from './page-files';

export const SCHEME = 'app';
export const PAGE_ORIGIN = 'app://latentscape';
export const PAGE_URL = `${PAGE_ORIGIN}/`;

/** The page itself, wherever in it one is. */
export const isOurPage = (url: string): boolean => url.split('#', 1)[0] === PAGE_URL;

/** Before the app is ready: makes app:// a scheme with an origin, so that 'self' means something. */
export function registerScheme({ protocol }: Pick<ElectronParts, 'protocol'>): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }]);
}

export function servePage({ protocol }: Pick<ElectronParts, 'protocol'>, files: PageFiles): void {
  protocol.handle(SCHEME, (request) => answer(files, request));
}

function answer(files: PageFiles, { url, method }: Request): Response {
  const headers = securityHeaders();
  const path = pathOf(url);
  const file = path === null ? undefined : files.get(path);
  if (method !== 'GET') return new Response(null, { status: 405, headers });
  if (file === undefined) return new Response(null, { status: 404, headers });
  return new Response(file.bytes, { headers: { ...headers, 'Content-Type': file.type } });
}

/** Undecoded, as in the table; null for another host. */
function pathOf(url: string): string | null {
  const [address = ''] = url.split(/[?#]/, 1);
  return address.startsWith(PAGE_URL) ? address.slice(PAGE_ORIGIN.length) : null;
}

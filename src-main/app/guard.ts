// Who may talk to the server on 127.0.0.1. Every web page in the person's browser can reach that address, so each request must prove
// where it comes from: the Host we listen on (against DNS rebinding), our own Origin (against forged requests and sockets).

export interface RequestFacts {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** Name, value, name, value: the only form in which two headers of one name are both seen. */
  readonly rawHeaders: readonly string[];
  readonly isSocket: boolean;
}

/** An HTTP status that says why not; null: go on. */
export type Refusal = number | null;

export const MAX_TARGET = 2_048;

export function checkSource(facts: RequestFacts, port: number): Refusal {
  const hosts = headerValues(facts.rawHeaders, 'host');
  const host = hosts[0];
  if (hosts.length !== 1 || host === undefined || !ownHosts(port).includes(host)) return 421;
  // an absolute-form target names a host of its own
  if (!facts.target.startsWith('/')) return 421;
  if (facts.target.length > MAX_TARGET) return 414;
  // a preflight is a question whether other sites may; they may not
  if (facts.method === 'OPTIONS') return 403;
  return checkOrigin(facts, `http://${host}`);
}

function checkOrigin({ method, rawHeaders, isSocket }: RequestFacts, own: string): Refusal {
  const origins = headerValues(rawHeaders, 'origin');
  const mustHaveOrigin = isSocket || (method !== 'GET' && method !== 'HEAD');
  if (origins.length === 0 ? mustHaveOrigin : origins.length > 1 || origins[0] !== own) return 403;
  const sites = headerValues(rawHeaders, 'sec-fetch-site');
  return sites.every((site) => site === 'same-origin' || site === 'none') ? null : 403;
}

export interface BodyFacts {
  readonly rawHeaders: readonly string[];
  /** The most that this route takes; 0 where it takes none. */
  readonly limit: number;
}

/** Before a byte of the body is read. */
export function checkBody({ rawHeaders, limit }: BodyFacts): Refusal {
  const length = headerValues(rawHeaders, 'content-length').map(Number)[0] ?? 0;
  const isChunked = headerValues(rawHeaders, 'transfer-encoding').length > 0;
  if (length > limit || (isChunked && limit === 0)) return 413;
  if (limit === 0) return null;
  // the three types that a plain HTML form can send are among those refused, and so is anything packed
  const types = headerValues(rawHeaders, 'content-type');
  if (types.length !== 1 || !/^application\/json(; ?charset=utf-8)?$/i.test(types[0] ?? '')) return 415;
  if (headerValues(rawHeaders, 'content-encoding').some((coding) => coding !== 'identity')) return 415;
  return null;
}

export const ownHosts = (port: number): readonly string[] => [`127.0.0.1:${port}`, `localhost:${port}`];

/** The path of a target, undecoded: a path is compared with the route table as it stands, so no encoding can hide anything. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

export function headerValues(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

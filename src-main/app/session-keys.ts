// The key of the browser face. A start makes one token; it stands in the fragment of the printed address (which browsers never send),
// the page swaps it once for a cookie that scripts cannot read, and from then on only the cookie counts.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export type Exchange =
  | { readonly kind: 'accepted'; readonly setCookie: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly retrySeconds: number };

export interface SessionKeys {
  readonly token: string;
  exchange(candidate: string): Exchange;
  /** Does this Cookie header hold the session? */
  holds(cookieHeader: string | undefined): boolean;
}

const KEY_BYTES = 32;
const WRONG_TOKENS = { most: 20, windowMs: 60_000 } as const;

/** `scope` tells servers apart that run side by side: cookies do not know ports. */
export function createSessionKeys(scope: string, now: () => number = () => performance.now()): SessionKeys {
  const token = randomBytes(KEY_BYTES).toString('base64url');
  const session = randomBytes(KEY_BYTES).toString('base64url');
  const cookie = `latentscape_${scope}`;
  let spent = false;
  let wrong: number[] = [];
  return {
    token,
    exchange(candidate) {
      wrong = wrong.filter((at) => now() - at < WRONG_TOKENS.windowMs);
      const oldest = wrong[0];
      if (oldest !== undefined && wrong.length >= WRONG_TOKENS.most) {
        return { kind: 'limited', retrySeconds: Math.ceil((oldest + WRONG_TOKENS.windowMs - now()) / 1000) };
      }
      if (!isSame(candidate, token) || spent) {
        wrong.push(now());
        return { kind: 'wrong' };
      }
      spent = true;
      return { kind: 'accepted', setCookie: `${cookie}=${session}; Path=/; HttpOnly; SameSite=Strict` };
    },
    holds(cookieHeader = '') {
      const pairs = cookieHeader.split(';').map((pair) => pair.trim());
      const values = pairs
        .filter((pair) => pair.startsWith(`${cookie}=`))
        .map((pair) => pair.slice(cookie.length + 1));
      return values.length === 1 && isSame(values[0] ?? '', session);
    },
  };
}

/** In a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

// A two-way pipe for messages. Every transport is one of these, and everything above knows only this.

/** What may cross: JSON, and typed arrays anywhere inside it. */
export type Wire =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | readonly Wire[]
  | { readonly [key: string]: Wire | undefined };

/** Stops what it was returned for. Safe to call twice. */
export type Undo = () => void;

export interface Channel {
  /** Sends, or drops silently once the channel is closed. Messages arrive whole and in order. */
  post(message: Wire): void;
  onMessage(listener: (message: Wire) => void): Undo;
  /** Told once, with a reason for people where there is one; at once if it is closed already. */
  onClose(listener: (reason: string) => void): Undo;
  close(): void;
}

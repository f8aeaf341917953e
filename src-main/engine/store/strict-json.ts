/**
 * JSON from a file that somebody else wrote. `JSON.parse` takes two things that we must not: a key given twice (two
 * readers would then see two different files) and keys that reach into JavaScript's own objects.
 */
import { AppError, type ErrorCode } from '#shared/errors';
import { MAX_JSON_BYTES, MAX_JSON_DEPTH } from './limits';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const RESERVED_NAMES = new Set(['__proto__', 'constructor', 'prototype']);
export const isReservedName = (name: string): boolean => RESERVED_NAMES.has(name);

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface JsonOptions {
  /** Error code and place for the one sentence a person gets. */
  readonly code: ErrorCode;
  readonly where: string;
  readonly maxBytes?: number;
}

export function parseStrictJson(bytes: Uint8Array, options: JsonOptions): Json {
  const limit = options.maxBytes ?? MAX_JSON_BYTES;
  const refuse = (cause: string): AppError =>
    new AppError({ code: options.code, headline: 'The JSON cannot be read', where: options.where, cause });
  if (bytes.byteLength > limit)
    throw refuse(`it is ${bytes.byteLength} bytes long, and at most ${limit} are read`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('it is not valid UTF-8');
  }
  // A bracket takes a hundred times its byte once it is parsed.
  if (isTooDeep(text)) throw refuse(TOO_DEEP);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'it is not JSON');
  }
  const fault = findStructuralFault(text);
  if (fault !== undefined) throw refuse(fault);
  return value;
}

const TOO_DEEP = `it is nested more than ${MAX_JSON_DEPTH} deep`;

/** Of any text, JSON or not: brackets inside brackets beyond what is parsed. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > MAX_JSON_DEPTH) return true;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case 0x22: // a text, whatever is in it
        for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++)
          if (text.charCodeAt(at) === 0x5c) at++;
        break;
      default:
    }
  }
  return false;
}

/** Walks the tokens of text that is known to be valid JSON: repeated keys, reserved keys. */
function findStructuralFault(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // a set of keys for each open object, undefined for an array
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys !== undefined && isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (isReservedName(key)) return `the name ${JSON.stringify(key)} is not allowed`;
        if (keys.has(key)) return `the name ${JSON.stringify(key.slice(0, 80))} is given twice`;
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(text: string, after: number): boolean {
  let at = after;
  while (/\s/.test(text[at] ?? '')) at++;
  return text[at] === ':';
}

/** Whatever was thrown, as an Error: JavaScript throws anything. */
import { inspect } from 'node:util';

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(typeof thrown === 'string' ? thrown : inspect(thrown));
}

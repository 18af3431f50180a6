/**
 * Which names in a node's archive are allowed: those below what was asked for, that a terminal may show, and that lead out of no
 * directory. Pure.
 */
import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../../core/limits/limits.ts';

/**
 * The name without `./` before it or a slash behind it; `.` for the top. Undefined for an odd one, which an honest node may have: a
 * terminal must not show it. Throws for one that no honest tar writes.
 */
export function memberName(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  if (text.startsWith('/')) throw new Error('a name in its archive is absolute');
  const parts = text.replace(/\/$/, '').split('/');
  if (parts.includes('..')) throw new Error('a name in its archive has ".." in it');
  const name = parts[0] === '.' ? parts.slice(1) : parts;
  if (name.length === 0) return '.';
  if (name.some((part) => part === '' || part === '.'))
    throw new Error('a name in its archive has an empty part');
  const isTooLong = name.some((part) => Buffer.byteLength(part) > LIMITS.nameBytesMax);
  if (isTooLong || bytes.length > LIMITS.pathBytesMax) throw new Error('a name in its archive is too long');
  return isShown(bytes, text) ? name.join('/') : undefined;
}

/** Whether the name is one of the paths, or lies below one. */
export function wasAskedFor(name: string, paths: readonly string[]): boolean {
  return paths.some((path) => path === '.' || name === path || name.startsWith(`${path}/`));
}

/**
 * Whether a symbolic link stays in the tree. Its target may have `..` only at its start: the directories above the link are known
 * to be no links, while `a/..` may lead out where `a` is one. Links that it goes through have passed this test themselves.
 */
export function staysInside(name: string, target: Buffer): boolean {
  const text = target.toString('utf8');
  if (text === '' || text.startsWith('/') || !isShown(target, text)) return false;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const above = climbs < 0 ? parts.length : climbs;
  return above < name.split('/').length && !parts.slice(above).includes('..');
}

/** Whether a terminal may show the text: no control, format or unassigned characters, and no separators of lines. */
function isShown(bytes: Buffer, text: string): boolean {
  return isUtf8(bytes) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

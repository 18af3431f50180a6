/**
 * Reads the archive that a node sends, and trusts none of it. Whatever GNU tar, bsdtar and busybox do not write for a plain member
 * ends the reading. Only one header at a time is in memory, with a bound: the packages for tar buffer a header as long as the
 * node says.
 */
import { PULL_LIMITS } from '../../core/limits/pull.ts';
import { BLOCK_BYTES, paddingOf } from '../blocks.ts';
import type { ByteSource } from './byte-source.ts';

export interface Member {
  /** As it stands in the archive; it may be no UTF-8. */
  readonly name: Buffer;
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'special';
  readonly mode: number;
  /** Since 1970, in seconds. */
  readonly mtime: number;
  /** Of files; else 0. */
  readonly size: number;
  /** Of links. */
  readonly target: Buffer;
}

/**
 * Yields each member. The caller takes its contents from the source before it asks for the next one; what it leaves is skipped.
 * Throws an Error that says what is wrong.
 */
export async function* readArchive(source: ByteSource): AsyncGenerator<Member> {
  for (;;) {
    const member = await readMember(source);
    if (member === undefined) break;
    const contentsEnd = source.takenBytes + member.size;
    yield member;
    for (let left = contentsEnd - source.takenBytes; left > 0; left = contentsEnd - source.takenBytes) {
      if ((await source.some(left)) === undefined) throw new Error('what it sent was cut');
    }
    await readPadding(source, member.size);
  }
  // Tars write blocks of zeros up to a whole record (10 KiB).
  for (let rest = await source.some(BLOCK_BYTES); rest !== undefined; rest = await source.some(BLOCK_BYTES)) {
    if (!isZero(rest)) throw new Error('it sends something behind the end of the archive');
  }
}

/** The values of the headers before a member's own, which come before those in it. */
interface Extra {
  name?: Buffer;
  target?: Buffer;
  size?: number;
  mtime?: number;
}

/** The next member; undefined at the end of the archive. */
async function readMember(source: ByteSource): Promise<Member | undefined> {
  const extra: Extra = {};
  for (let headers = 0; headers < HEADERS_MAX; headers++) {
    const block = await source.exactly(BLOCK_BYTES);
    if (isZero(block)) {
      if (headers > 0 || !isZero(await source.exactly(BLOCK_BYTES)))
        throw new Error('its archive ends too early');
      return undefined;
    }
    checkSum(block);
    const type = String.fromCharCode(block[156] ?? 0);
    const size = readNumber(block, 124, 12);
    if (type === 'x') Object.assign(extra, readRecords(await readExtra(source, size)));
    else if (type === 'L') extra.name = untilNul(await readExtra(source, size));
    else if (type === 'K') extra.target = untilNul(await readExtra(source, size));
    else return memberOf(block, type, { ...extra, size: extra.size ?? size });
  }
  throw new Error('one of its members has too many headers');
}

/** A header of records, one of a long name, one of a long target, the member's own, and one to spare. */
const HEADERS_MAX = 5;

function memberOf(block: Buffer, flag: string, extra: Extra & { readonly size: number }): Member {
  const name = extra.name ?? nameIn(block);
  const endsInSlash = name.at(-1) === SLASH;
  const type = TYPES.get(flag);
  if (type === undefined) throw new Error(`one of its members is of type ${JSON.stringify(flag)}`);
  const { size } = extra;
  if (type !== 'file' && size !== 0) throw new Error('a member that has no contents has a size');
  return {
    name,
    type: type === 'file' && endsInSlash ? 'directory' : type,
    mode: readNumber(block, 100, 8),
    // GNU tar writes a negative time so; it counts as 1970.
    mtime: extra.mtime ?? (block[136] === 0xff ? 0 : readNumber(block, 136, 12)),
    size: endsInSlash && size > 0 ? refuse('a directory has contents') : size,
    target: extra.target ?? untilNul(block.subarray(157, 257)),
  };
}

const SLASH = 0x2f;

const TYPES = new Map<string, Member['type']>([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['1', 'link'],
  ['2', 'symlink'],
  ['3', 'special'],
  ['4', 'special'],
  ['5', 'directory'],
  ['6', 'special'],
]);

/** The name in a header. Only a header of POSIX has a prefix in that place; one of old GNU tar has other fields there. */
function nameIn(block: Buffer): Buffer {
  const name = untilNul(block.subarray(0, 100));
  const prefix = untilNul(block.subarray(345, 500));
  const isPosix = block.subarray(257, 263).equals(Buffer.from('ustar\0'));
  return isPosix && prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name;
}

async function readExtra(source: ByteSource, size: number): Promise<Buffer> {
  if (size > PULL_LIMITS.extraHeaderBytesMax) throw new Error(`one of its headers has ${size} bytes`);
  const bytes = await source.exactly(size);
  await readPadding(source, size);
  return bytes;
}

async function readPadding(source: ByteSource, size: number): Promise<void> {
  await source.exactly(paddingOf(size));
}

/** The records of a pax header: each is `LENGTH KEY=VALUE` and a newline. */
function readRecords(bytes: Buffer): Extra {
  const extra: Extra = {};
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const digits = bytes.subarray(at, blank).toString('latin1');
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, blank);
    const isWhole =
      blank > at && /^[1-9]\d{0,5}$/.test(digits) && end <= bytes.length && bytes[end - 1] === 0x0a;
    if (!isWhole || equals < blank || equals >= end) throw new Error('the records of a member are none');
    addRecord(
      extra,
      bytes.subarray(blank + 1, equals).toString('latin1'),
      bytes.subarray(equals + 1, end - 1),
    );
    at = end;
  }
  return extra;
}

function addRecord(extra: Extra, key: string, value: Buffer): void {
  if (key.startsWith('GNU.sparse.')) throw new Error('one of its files is sent in parts');
  if (key === 'path') extra.name = withoutNul(value);
  if (key === 'linkpath') extra.target = withoutNul(value);
  if (key === 'size') extra.size = decimal(value, /^\d{1,15}$/);
  if (key === 'mtime') extra.mtime = decimal(value, /^-?\d{1,12}(?:\.\d{1,30})?$/);
}

function decimal(value: Buffer, form: RegExp): number {
  const text = value.toString('latin1');
  return form.test(text) ? Number(text) : refuse('a record of a member is no number');
}

function withoutNul(value: Buffer): Buffer {
  return value.includes(0) ? refuse('a name has a NUL in it') : value;
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** A number of a header: octal digits, or, behind the byte 0x80, the bytes of a large one. */
function readNumber(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return value <= Number.MAX_SAFE_INTEGER ? value : refuse('a number in one of its headers is too large');
  }
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]*$/.test(digits)
    ? Number.parseInt(digits || '0', 8)
    : refuse('a number in one of its headers is none');
}

function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK_BYTES; at++) if (at < 148 || at >= 156) sum += block[at] as number;
  const told = /^ *([0-7]{1,8})[\0 ]*$/.exec(block.toString('latin1', 148, 156))?.[1] ?? '';
  if (sum !== Number.parseInt(told, 8))
    throw new Error('what it sent is no archive, or was changed on the way');
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function refuse(why: string): never {
  throw new Error(why);
}

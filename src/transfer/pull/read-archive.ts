/**
 * Reads the archive that a node sends, and believes none of it: what is no plain member of a tar archive, in the forms that GNU tar,
 * bsdtar and busybox write, ends the reading. Nothing is held in memory but one header. A package would buffer a header of
 * whatever length a node names.
 */
import { PULL_LIMITS } from '../../core/limits/pull.ts';
import { BLOCK_BYTES, paddingOf } from '../blocks.ts';
import type { ByteSource } from './byte-source.ts';

export interface Member {
  /** As it stands in the archive; its bytes may be no text. */
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

/** Each member; what of its contents was not taken from the source is passed over. Throws an Error that says what is wrong. */
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
  // Tars fill their last record with zeros.
  for (let rest = await source.some(BLOCK_BYTES); rest !== undefined; rest = await source.some(BLOCK_BYTES)) {
    if (!isZero(rest)) throw new Error('it sends something behind the end of the archive');
  }
}

/** What stands in headers before the member's own. */
interface Extra {
  name?: Buffer;
  target?: Buffer;
  size?: number;
  mtime?: number;
}

/** Undefined at the end of the archive. */
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

/** Records, a long name and a long target, and one to spare. */
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
    // A negative one, of old GNU tar.
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

/** A prefix stands in headers of POSIX; those of old GNU tar have other things there. */
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

/** Records of a pax header, `LENGTH KEY=VALUE` and a newline. */
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

/** Octal digits, or of large numbers their bytes behind one that says so. */
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

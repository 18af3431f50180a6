/**
 * A header as the blocks of a tar archive: a ustar header, and before it pax records of what does not fit into its fields, and of
 * nothing else. Pure.
 */
import type { TarHeader } from './header.ts';
import { paxKey } from './xattrs/sent-xattrs.ts';

export const BLOCK_BYTES = 512;

/** Ends an archive. */
export const END_BLOCKS = Buffer.alloc(2 * BLOCK_BYTES);

const TYPES = { file: '0', link: '1', symlink: '2', directory: '5', 'pax-header': 'x' } as const;

/** The blocks that stand before the contents of a member. */
export function headerBlocks(header: TarHeader): Buffer {
  const place = placeOf(header.name);
  const fits = header.linkname === undefined || isShort(header.linkname, NAME_BYTES);
  const names =
    (place === undefined ? record('path', header.name) : '') +
    (fits ? '' : record('linkpath', header.linkname ?? ''));
  const records =
    (isAscii(names) ? '' : AS_BYTES) +
    names +
    ((header.size ?? 0) > SIZE_MAX ? record('size', String(header.size)) : '') +
    Object.entries(header.pax ?? {})
      .map(([key, value]) => record(key, value))
      .join('');
  const xattrs = (header.xattrs ?? []).map((xattr) => record(paxKey(xattr), xattr.value, 'latin1')).join('');
  const bytes = Buffer.byteLength(records) + xattrs.length;
  const before = bytes === 0 ? 0 : BLOCK_BYTES + bytes + paddingOf(bytes);
  // Of the pool: a buffer of its own costs more than all that is written there.
  const blocks = Buffer.allocUnsafe(before + BLOCK_BYTES).fill(0);
  if (bytes > 0) {
    paxHeader(bytes).copy(blocks);
    blocks.write(xattrs, BLOCK_BYTES + blocks.write(records, BLOCK_BYTES), 'latin1');
  }
  const linkname = fits ? header.linkname : STAND_IN.name;
  writeUstar(blocks.subarray(before), { ...header, ...(place ?? STAND_IN), linkname });
  return blocks;
}

/** How many zeros follow so many bytes of contents, up to a whole block. */
export function paddingOf(bytes: number): number {
  return -bytes & (BLOCK_BYTES - 1);
}

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** Eleven octal digits. */
const SIZE_MAX = 0o77777777777;

/** Without this record bsdtar takes names for text: it composes characters, and refuses those that LC_ALL=C does not have. */
const AS_BYTES = record('hdrcharset', 'BINARY');

/** The name in the ustar header where the real one is in a pax record. */
const STAND_IN = { name: 'PaxHeader', prefix: '' };

/** Whether a ustar field can hold the text. It must be ASCII: each reader takes other bytes there for what it likes. */
function isShort(text: string, bytes: number): boolean {
  return text.length <= bytes && isAscii(text);
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL alone cannot stand in a name
  return /^[\x01-\x7f]*$/.test(text);
}

/** The two fields of a name: a long one is split at a slash. Undefined where no split fits. */
function placeOf(name: string): { readonly name: string; readonly prefix: string } | undefined {
  if (!isShort(name, NAME_BYTES + 1 + PREFIX_BYTES)) return undefined;
  if (name.length <= NAME_BYTES) return { name, prefix: '' };
  const slash = name.indexOf('/', name.length - NAME_BYTES - 1);
  if (slash < 1 || slash > PREFIX_BYTES || slash === name.length - 1) return undefined;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

/** One pax record. The length at its start counts its own digits, too. */
function record(key: string, value: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest, encoding);
  let length = bytes + String(bytes).length;
  if (String(length).length > String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

const paxHeaders = new Map<number, Buffer>();

/** The header before the records of a member. It says only how long they are, so that most members share one buffer. */
function paxHeader(size: number): Buffer {
  const known = paxHeaders.get(size);
  if (known !== undefined) return known;
  const mtime = new Date(0);
  const made = Buffer.alloc(BLOCK_BYTES);
  writeUstar(made, { ...STAND_IN, type: 'pax-header', mode: 0o644, uid: 0, gid: 0, size, mtime });
  // The bound is for trees in which each name has another length; most archives have a few lengths.
  if (paxHeaders.size < PAX_HEADERS_KEPT) paxHeaders.set(size, made);
  return made;
}

const PAX_HEADERS_KEPT = 64;

type Ustar = Omit<TarHeader, 'type' | 'linkname' | 'pax' | 'xattrs'> & {
  readonly linkname?: string | undefined;
  readonly type: keyof typeof TYPES;
  readonly prefix: string;
};

/** `block`: of zeros. */
function writeUstar(
  block: Buffer,
  { name, prefix, type, mode, uid, gid, size = 0, mtime, linkname = '' }: Ustar,
): void {
  block.write(name, 0, 'latin1');
  const facts =
    `${octal(mode & 0o7777, 7)}\0${octal(uid, 7)}\0${octal(gid, 7)}\0` +
    `${octal(size > SIZE_MAX ? 0 : size, 11)}\0${octal(mtime.getTime() / 1000, 11)}\0        ${TYPES[type]}${linkname}`;
  block.write(facts, NAME_BYTES, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, 'latin1');
  // Most of a block is zeros.
  const sum =
    sumOf(block, 0, name.length) +
    sumOf(block, NAME_BYTES, NAME_BYTES + facts.length) +
    sumOf(block, 257, 265) +
    sumOf(block, 345, 345 + prefix.length);
  block.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
}

function sumOf(block: Buffer, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += block[at] as number;
  return sum;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

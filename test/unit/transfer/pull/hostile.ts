/** Archives as no honest tar writes them, block by block. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ByteSource } from '../../../../src/transfer/pull/byte-source.ts';
import { type Unpacked, unpack } from '../../../../src/transfer/pull/unpack.ts';

export interface Piece {
  readonly name?: string | Buffer;
  readonly type?: string;
  readonly contents?: string | Buffer;
  /** What the header says, where that is not so. */
  readonly size?: number;
  readonly mode?: number;
  readonly mtime?: number;
  readonly link?: string;
  readonly prefix?: string;
  readonly sum?: number;
}

export function header({
  name = 'top/f',
  type = '0',
  contents = '',
  size,
  mode = 0o644,
  mtime = 1e9,
  link = '',
  prefix = '',
  sum,
}: Piece): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  Buffer.from(name as string).copy(block, 0, 0, 100);
  block.write(
    `${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size ?? Buffer.from(contents as string).length, 11)}\0${octal(mtime, 11)}\0        ${type}`,
    100,
    'latin1',
  );
  block.write(link, 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(prefix, 345, 'latin1');
  const real = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum ?? real, 6)}\0 `, 148, 'latin1');
  return block;
}

export function member(piece: Piece): Buffer {
  const contents = Buffer.from((piece.contents ?? '') as string);
  return Buffer.concat([header(piece), contents, Buffer.alloc(-contents.length & 511)]);
}

export const END = Buffer.alloc(1024);

/** `LENGTH key=value`, as a member of type x. */
export function pax(records: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = Buffer.byteLength(rest) + 1;
      while (String(length).length + Buffer.byteLength(rest) !== length) length++;
      return `${length}${rest}`;
    })
    .join('');
  return member({ name: 'PaxHeader', type: 'x', contents: text });
}

export const archive = (...pieces: (Piece | Buffer)[]) =>
  Buffer.concat([...pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : member(piece))), END]);

/** Unpacked in pieces of some bytes into `top`; with what `work` finds there. */
export async function unpackBytes(
  bytes: Buffer | Iterable<Buffer>,
  {
    paths = ['top'],
    bytesMax = 1e9,
    pieceBytes = 1000,
    top,
  }: { paths?: string[]; bytesMax?: number; pieceBytes?: number; top: string },
): Promise<Unpacked> {
  const source = new ByteSource(bytesMax);
  let isOver = false;
  const feed = async () => {
    for (const chunk of Buffer.isBuffer(bytes) ? [bytes] : bytes) {
      for (let at = 0; at < chunk.length && !isOver; at += pieceBytes)
        await source.push(chunk.subarray(at, at + pieceBytes));
      if (isOver) return;
    }
    source.end();
  };
  const feeding = feed();
  try {
    return await unpack(source, top, paths);
  } finally {
    isOver = true;
    source.fail(new Error('over'));
    await feeding;
  }
}

export async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-pull-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export const DIRECTORY: Piece = { name: 'top/', type: '5', mode: 0o755 };

/** Beside the directory for the files, which is what a hostile archive aims at. */
export const inVault = (work: (top: string, vault: string) => Promise<void>) =>
  inDirectory(async (directory) => {
    const [top, vault] = [join(directory, 'node'), join(directory, 'vault')];
    for (const path of [top, vault]) mkdirSync(path);
    writeFileSync(join(vault, 'secret'), 'mine');
    await work(top, vault);
    expect(readdirSync(directory).sort()).toEqual(['node', 'vault']);
    expect(readdirSync(vault)).toEqual(['secret']);
    expect(readFileSync(join(vault, 'secret'), 'utf8')).toBe('mine');
  });

/** `--xattrs`: reads the extended attributes and ACLs of the files that are sent. Node.js cannot do that, so python3 does. */
import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { LockstepError } from '../../core/errors.ts';
import { XATTR_LIMITS } from '../../core/limits/xattrs.ts';
import type { Collection, Entry, Xattr } from '../entry.ts';
import { refusal } from '../names.ts';
import READER from './read.py';

/** The same collection, with the xattrs of each member. Rejects with a usage error that names the file whose xattrs cannot be read. */
export async function withXattrs(collection: Collection): Promise<Collection> {
  const { top, entries } = collection;
  // A hard link has the xattrs of the file's first name.
  const asked = [...(top ? [top] : []), ...entries].filter(({ type }) => type !== 'hardlink');
  const found = new Map<Entry, readonly Xattr[]>();
  for (const line of (await ask(asked)).split('\n').slice(0, -1)) {
    const [at = '', ...words] = line.split(' ');
    const entry = asked[Number(at)];
    if (entry === undefined) throw new LockstepError('bug', `python3 has answered ${JSON.stringify(line)}`);
    if (words[0] === 'error')
      throw refusal(entry.source, `its xattrs cannot be read: ${bytesOf(words[1] ?? '')}`);
    found.set(entry, words.map(parsePair));
  }
  const completed = <Kind extends Entry>(entry: Kind): Kind => {
    const xattrs = found.get(entry);
    return xattrs === undefined ? entry : { ...entry, xattrs };
  };
  return { ...collection, entries: entries.map(completed), ...(top && { top: completed(top) }) };
}

const run = promisify(execFile);

async function ask(entries: readonly Entry[]): Promise<string> {
  // -I: python3 must not load a module from a directory that the environment names. -S: it starts faster.
  const running = run('python3', ['-I', '-S', '-c', READER], { maxBuffer: XATTR_LIMITS.digitsMax });
  const { stdin } = running.child;
  // Where python3 dies, writing to it fails, too; its exit and stderr say why, and are reported below.
  if (stdin !== null) pipeline(Readable.from(pathsOf(entries)), stdin).catch(() => {});
  try {
    return (await running).stdout;
  } catch (thrown) {
    const { code, message, stderr = '' } = thrown as NodeJS.ErrnoException & { readonly stderr?: string };
    if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
      const text = `the xattrs of the files are more than ${XATTR_LIMITS.digitsMax / 2 ** 21} MiB`;
      throw new LockstepError('usage', text, { hint: 'send them in several runs, or without --xattrs' });
    }
    const why = code === 'ENOENT' ? 'it is not installed' : stderr.trim().split('\n').at(-1) || message;
    throw new LockstepError('usage', `--xattrs needs python3 on this machine: ${why}`, {
      hint: 'without --xattrs modes, owners and times are kept, and no xattrs and ACLs',
    });
  }
}

function* pathsOf(entries: readonly Entry[]): Generator<string> {
  for (const { source } of entries) yield `${source}\0`;
}

function parsePair(word: string): Xattr {
  const [name = '', value = ''] = word.split('=');
  return { name: bytesOf(name), value: bytesOf(value) };
}

const bytesOf = (digits: string) => Buffer.from(digits, 'hex').toString('latin1');

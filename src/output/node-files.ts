/**
 * `--outdir`: what the command of each node prints, unchanged, in `NODE.out`, and in `NODE.err` if it wrote to stderr.
 * A file is open only while it is written, so that a thousand nodes need no thousand descriptors.
 */
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mapAtOnce, Turnstile } from '../core/at-once.ts';
import { LockstepError } from '../core/errors.ts';
import type { OutputEvent, Stream } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { makeDirectories } from '../core/make-directories.ts';
import { type Node, nodeFileName } from '../core/node.ts';
import { quoteInput } from '../text/quote-input.ts';
import { Gauge } from './terminal/gauge.ts';

const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW } = constants;
const ENDINGS: Readonly<Record<Stream, string>> = { stdout: 'out', stderr: 'err' };

/** Makes the directory, and an empty file for each node. Rejects with a usage error when it cannot. */
export async function openNodeFiles(directory: string, nodes: readonly Node[]): Promise<NodeFiles> {
  await makeDirectories(directory, 0o700).catch(refuse(directory));
  await mapAtOnce(nodes, LIMITS.nodeFilesAtOnce, async (node) => {
    const path = nodeFilePath(directory, node, 'stdout');
    const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666).catch(refuse(path));
    await file.close();
    const errorPath = nodeFilePath(directory, node, 'stderr');
    await rm(errorPath, { force: true }).catch(refuse(errorPath));
  });
  return new NodeFiles(directory);
}

/** `user@host:port.out`; percent-encodes what a file name should not hold. */
export function nodeFilePath(directory: string, node: Node, stream: Stream): string {
  return join(directory, `${nodeFileName(node)}.${ENDINGS[stream]}`);
}

interface NodeFile {
  readonly node: Node;
  readonly path: string;
  readonly waiting: Gauge;
  chunks: Buffer[];
  isWriting: boolean;
  error: unknown;
}

export class NodeFiles {
  readonly #directory: string;
  readonly #mode: number;
  readonly #files = new Map<string, NodeFile>();
  readonly #turnstile = new Turnstile(LIMITS.nodeFilesAtOnce);
  readonly #waiting = new Gauge(LIMITS.outputQueueBytesMax);
  #writes: Promise<void>[] = [];

  /** `mode`: for files that it makes. */
  constructor(directory: string, mode = 0o666) {
    this.#directory = directory;
    this.#mode = mode;
  }

  /** A promise asks the caller to hold the node back until the disk has caught up. */
  output({ node, stream, chunk }: OutputEvent): void | Promise<void> {
    const file = this.#file(node, stream);
    if (file.error !== undefined) return;
    file.chunks.push(chunk);
    file.waiting.add(chunk.length);
    this.#waiting.add(chunk.length);
    if (!file.isWriting) this.#writes.push(this.#write(file));
    return file.waiting.whenRoom() ?? this.#waiting.whenRoom();
  }

  /** Resolves when everything is written; with an error when some of it could not be. */
  async close(): Promise<LockstepError | undefined> {
    while (this.#writes.length > 0) await Promise.all(this.#writes.splice(0));
    const broken = [...this.#files.values()].filter(({ error }) => error !== undefined);
    if (broken.length === 0) return undefined;
    const text = `not all output was written to ${quoteInput(this.#directory)}`;
    const causes = broken.map(({ node, error }) => {
      return new LockstepError('file-not-written', 'has not all of its output there', {
        node,
        causes: [error],
      });
    });
    return new LockstepError('file-not-written', text, { causes });
  }

  #file(node: Node, stream: Stream): NodeFile {
    const path = nodeFilePath(this.#directory, node, stream);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const waiting = new Gauge(LIMITS.outputQueuePerNodeBytesMax);
    const file: NodeFile = { node, path, waiting, chunks: [], isWriting: false, error: undefined };
    this.#files.set(path, file);
    return file;
  }

  /** What comes during a write goes with the next one. */
  async #write(file: NodeFile): Promise<void> {
    file.isWriting = true;
    while (file.chunks.length > 0) {
      const bytes = await this.#turnstile.pass(() => append(file, this.#mode));
      file.waiting.remove(bytes);
      this.#waiting.remove(bytes);
    }
    file.isWriting = false;
  }
}

/** Resolves with the number of bytes that no longer wait, written or not. */
async function append(file: NodeFile, mode: number): Promise<number> {
  const bytes = Buffer.concat(file.chunks.splice(0));
  try {
    const handle = await open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode);
    try {
      await handle.appendFile(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    file.error ??= error;
  }
  return bytes.length;
}

function refuse(path: string): (thrown: unknown) => never {
  return (thrown) => {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new LockstepError('usage', `can't write to ${quoteInput(path)}: ${reason}`, {
      hint: '--outdir takes a directory of yours; lockstep makes it if it is missing',
    });
  };
}

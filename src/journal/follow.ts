/** `lockstep log RUN [-f]`: the sentences of a run, and with -f those still to come. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../core/controller.ts';
import { JOURNAL_LIMITS } from '../core/limits/journal.ts';
import { codeOf } from '../core/system-error.ts';
import type { FoundRun } from './find-run.ts';
import { EVENTS_NAME } from './head.ts';
import { parseEvents } from './history.ts';
import { logTeller } from './tell/log.ts';

/** Gives all written lines, and with `isFollowed` new ones, until the run has ended or its process is gone. */
export async function* followRun({ head, path }: FoundRun, isFollowed: boolean): AsyncGenerator<string> {
  const tell = logTeller(head);
  const file = await open(join(path, EVENTS_NAME)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return;
  const lines = new Lines(file);
  try {
    for (;;) {
      const isLast = !isFollowed || (await isAlive(head.controller)) === false;
      let text = '';
      for (const event of parseEvents(await lines.more())) {
        text += tell(event) ?? '';
        if (event.type === 'finished') isFollowed = false;
      }
      if (text !== '') yield text;
      if (isLast || !isFollowed) return;
      await sleep(JOURNAL_LIMITS.followMs);
    }
  } finally {
    await file.close();
  }
}

/** Whole lines, as they come. */
class Lines {
  readonly #file: FileHandle;
  #torn: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async more(): Promise<string> {
    const parts = [this.#torn];
    for (;;) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const { bytesRead } = await this.#file.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
    }
    const bytes = Buffer.concat(parts);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#torn = bytes.subarray(end);
    return bytes.subarray(0, end).toString('utf8');
  }
}

const READ_BYTES = 64 * 1024;

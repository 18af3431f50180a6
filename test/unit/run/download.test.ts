/** `--download`, up to the moment in which a node begins to send. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { download } from '../../../src/run/download/download.ts';
import type { HeldRun, Site } from '../../../src/run/held-run.ts';
import { requestSchema, type WorkOf } from '../../../src/run/request/request.ts';
import { nodeAt, runFor } from './fixtures.ts';

/** Aborts so many turns after the beginning, while the directories here are made. */
test.each([0, 1, 2])(
  'L5: a download whose run is over while it makes its directories begins on no node: %i',
  async (waits) => {
    const into = mkdtempSync('/tmp/download-');
    onTestFinished(() => rmSync(into, { recursive: true }));
    const begun: string[] = [];
    const node = nodeAt('a');
    const keeper = {
      go: async (command: string) => {
        begun.push(command);
        return { kind: 'code', code: 0 };
      },
      endWorkers() {},
    };
    const over = new AbortController();
    const held = { signal: over.signal, check: () => over.signal.throwIfAborted() };
    const sites = [{ node, keeper } as unknown as Site];
    const work = { ...runFor({}, [node]), identity: { run: 'r' }, sites, held } as unknown as HeldRun;
    const asked = requestSchema.parse({ version: 1, work: { mode: 'download', paths: ['/etc/a'], into } });
    const why = new LockstepError('lock-lost', 'a node has lost its lock');
    const ended = download(work, asked.work as WorkOf<'download'>).catch((thrown: unknown) => thrown);
    for (let turns = 0; turns < waits; turns++) await new Promise((resolve) => setImmediate(resolve));
    over.abort(why);
    expect(await ended).toBe(why);
    expect(begun).toEqual([]);
    expect(readdirSync(into)).toEqual([]);
  },
);

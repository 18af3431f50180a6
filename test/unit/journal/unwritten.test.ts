/** Journals that could not be written as their runs began. */
import { appendFileSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ControlEvent, Stamped } from '../../../src/core/events.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { findRun } from '../../../src/journal/past.ts';
import { eventObject } from '../../../src/output/event-lines.ts';
import { scratchForEach } from '../../scratch.ts';
import { BEGAN_MS, headOf, nodeNamed, RUN, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const NODES = ['web1', 'web2'].map((host) => nodeNamed(host));
const place = () => join(top, 'lockstep/runs');
const OLD = '20261127T080000-00000001';

function startJournal(hasTurns: boolean, objectOf: typeof eventObject = eventObject) {
  const journal = new Journal({
    environment: { XDG_STATE_HOME: top },
    directory: '/here',
    command: '-C true',
    // A head that cannot be written.
    request: {
      toJSON: () => {
        if (objectOf === eventObject) throw new Error('no space left on device');
        return {};
      },
    },
    hasTurns,
    objectOf,
    tell: () => {},
  });
  const begin: readonly ControlEvent[] = [
    { type: 'nodes', nodes: NODES },
    { type: 'begun', run: RUN, who: 'ann@desk' },
  ];
  for (const event of begin) journal.tell({ ...event, at: BEGAN_MS, run: RUN } as Stamped<ControlEvent>);
  return journal;
}

/** Of this process. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The one by which they were listed.
      return [];
    }
  });
}

describe('J3: a rollout with which nobody could go on', () => {
  test.each<[string, typeof eventObject]>([
    ['request', eventObject],
    [
      'first event',
      () => {
        throw new Error('no space left on device');
      },
    ],
  ])(
    'does not begin, and leaves nothing that would be the last run, where its %s cannot be written',
    async (_what, objectOf) => {
      writeRun(place(), headOf(NODES, { run: OLD }));
      const journal = startJournal(true, objectOf);
      await expect(journal.begun()).rejects.toMatchObject({
        code: 'local-refusal',
        message: expect.stringContaining('without it nobody could resume it: no space left on device'),
      });
      await journal.close();
      expect(readdirSync(place())).toEqual([OLD]);
      expect(openFiles().filter((path) => path.startsWith(top))).toEqual([]);
    },
  );

  test('begins where its journal is on the disk, and where there never is one', async () => {
    const journal = startJournal(true, (event) => ({ type: event.type }));
    await journal.begun();
    expect(readdirSync(place())).toEqual([RUN]);
    await journal.close();
  });
});

describe('R5: another run than the last is never taken for it', () => {
  const head = () => join(place(), RUN, 'request.json');

  test.each<[string, () => void]>([
    ['none', () => rmSync(head())],
    ['an empty one', () => writeFileSync(head(), '')],
    ['a part of one', () => writeFileSync(head(), JSON.stringify(headOf(NODES)).slice(0, 99))],
  ])('where that has no whole request, but %s', async (_what, spoil) => {
    writeRun(place(), headOf(NODES, { run: OLD }));
    writeRun(place(), headOf(NODES));
    spoil();
    for (const word of ['last', '-1', '-2']) {
      const refused = findRun(place(), word);
      await expect(refused).rejects.toMatchObject({ code: 'usage', hint: expect.stringContaining(RUN) });
      await expect(refused).rejects.toThrow(`run ${RUN} cannot be read: `);
    }
    expect((await findRun(place(), OLD)).head.run).toBe(OLD);
  });

  test('and one that begins just now is waited for', async () => {
    writeRun(place(), headOf(NODES, { run: OLD }));
    mkdirSync(join(place(), RUN), { mode: 0o700 });
    const found = findRun(place(), 'last');
    setTimeout(() => appendFileSync(head(), JSON.stringify(headOf(NODES)), { mode: 0o600 }), 60);
    expect((await found).head.run).toBe(RUN);
  });
});

test('a run that is no rollout goes on, and its directory tells that there was one', async () => {
  const journal = startJournal(false);
  await journal.kept();
  await journal.close();
  expect(readdirSync(place())).toEqual([RUN]);
});

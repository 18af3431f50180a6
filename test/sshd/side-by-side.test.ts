/** Two runs in one process, on six real nodes: what becomes of one is nothing to the other, and of neither is anything left. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LockstepError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { type RunRequest, requestSchema } from '../../src/run/request/request.ts';
import { run } from '../../src/run/run.ts';
import { openSsh2 } from '../../src/run/start/transport/open-ssh2.ts';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { testSurroundings } from '../surroundings.ts';
import { startScene, untilAtRest, untilFree } from './scene.ts';

describe('two runs in one process', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(6);
    await begin(requestFor(farm.nodes, 'true')).ended;
  });
  afterAll(() => farm?.stop());

  function requestFor(nodes: readonly FarmNode[], text: string): RunRequest {
    return requestSchema.parse({
      version: 1,
      targets: { hosts: nodes.map(({ host }) => `root@${host}`) },
      connect: { keyFile: farm.keyPath, knownHostsFile: `${farm.home}/known_hosts`, sshConfig: 'none' },
      // Many beats in the time of a test.
      times: { heartbeatMs: 1_000, leaseMs: 5_000, killGraceMs: 500 },
      work: { mode: 'command', text },
    });
  }

  function begin(request: RunRequest) {
    const events: RunEvent[] = [];
    const controller = new AbortController();
    const here = testSurroundings(undefined, {
      hear: (event) => void events.push(event),
      signal: controller.signal,
      openTransport: openSsh2,
    });
    const printed = () =>
      events.flatMap((event) => (event.type === 'output' ? [event.chunk.toString().trim()] : []));
    return { ended: run(request, here), controller, events, printed };
  }

  test('one that is ended leaves the other its lease, its output and its end; then nothing of both is left', async () => {
    const [first, second] = [farm.nodes.slice(0, 3), farm.nodes.slice(3)];
    const before = process.getActiveResourcesInfo().sort();
    const long = begin(requestFor(first, 'echo begun; sleep 4; echo done'));
    const short = begin(requestFor(second, 'echo begun; sleep 60; echo never'));
    await until('both are at work', () => long.printed().length === 3 && short.printed().length === 3);
    short.controller.abort(new LockstepError('interrupted', 'ended by its user'));

    expect(await short.ended).toMatchObject({ exitCode: 130, failure: { code: 'interrupted' } });
    await untilFree(second);
    expect(await long.ended).toMatchObject({ exitCode: 0, failure: undefined });
    expect(long.printed().sort()).toEqual(['begun', 'begun', 'begun', 'done', 'done', 'done']);
    expect(short.printed()).toEqual(['begun', 'begun', 'begun']);
    expect(long.events.filter((event) => event.type === 'log' && event.level === 'error')).toEqual([]);
    await untilAtRest(farm.nodes);
    // Sockets say that they are closed in the turn after.
    await until('no timer and no socket is left', () => isSubset(process.getActiveResourcesInfo(), before));
  });

  test('runs one after the other do not add up', async () => {
    const listeners = () => process.eventNames().map((name) => process.listenerCount(name));
    const before = { resources: process.getActiveResourcesInfo(), listeners: listeners() };
    for (let times = 0; times < 3; times++) {
      expect((await begin(requestFor(farm.nodes, 'true')).ended).exitCode).toBe(0);
    }
    expect(listeners()).toEqual(before.listeners);
    await until('no timer and no socket is left', () =>
      isSubset(process.getActiveResourcesInfo(), before.resources),
    );
  });
});

/** Each kind of resource is there at most as often as it was. */
function isSubset(now: readonly string[], before: readonly string[]): boolean {
  const count = (list: readonly string[], kind: string) => list.filter((one) => one === kind).length;
  // The test's own waiting is a timer.
  return [...new Set(now)].every(
    (kind) => count(now, kind) <= count(before, kind) + (kind === 'Timeout' ? 1 : 0),
  );
}

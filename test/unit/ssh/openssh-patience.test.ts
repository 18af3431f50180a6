/** How long the ssh of this machine is waited for, by a clock that runs fast. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { OpensshConnection } from '../../../src/ssh/openssh/connection.ts';
import { Guard } from '../../../src/ssh/openssh/guard.ts';
import type { Master } from '../../../src/ssh/openssh/master.ts';
import { createOpensshTransport } from '../../../src/ssh/openssh/transport.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();
const { PATH } = process.env;
beforeAll(() => {
  writeFileSync(join(directory, 'ssh'), '#!/bin/sh\nexec sleep 60\n');
  chmodSync(join(directory, 'ssh'), 0o755);
  process.env.PATH = `${directory}:${PATH}`;
});
afterAll(() => {
  process.env.PATH = PATH;
});

const node = { id: '[root@gate:22]', user: 'root', host: 'gate', port: 22, given: 'gate' };

/** A minute for each look. */
function fastClock(): Clock {
  let nowMs = 0;
  const after = (delayMs: number, callback: () => void) => {
    nowMs += 60_000;
    return systemClock.after(Math.min(delayMs, 1), callback);
  };
  return { ...systemClock, monotonicMs: () => nowMs, after };
}

test('a login that does not come is given up at its deadline, by the clock of the run', async () => {
  const clock = fastClock();
  const transport = createOpensshTransport({
    configFiles: [],
    key: undefined,
    hostKeys: {},
    connectTimeoutMs: 600_000,
    handshakeTimeoutMs: 600_000,
    keepAliveMs: 10_000,
    clock,
  });
  await expect(transport.connect(node, new AbortController().signal)).rejects.toThrow(
    'ssh did not connect and log in within 1200 s',
  );
  expect(clock.monotonicMs()).toBe(1_200_000);
});

test('a command that the server does not start is given up at its deadline, too', async () => {
  const guard = new Guard();
  const master = { ended: new Promise<string>(() => {}), isOver: false, said: '' } as unknown as Master;
  const parts = { node, master, guard, socket: join(directory, 'socket'), sent: {}, execTimeoutMs: 600_000 };
  const clock = fastClock();
  const connection = new OpensshConnection({ ...parts, clock });
  await expect(connection.exec('true', { onStdout() {}, onStderr() {} })).rejects.toThrow(/did not start/);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(600_000);
  guard.close();
});

/** Servers that allow few channels (MaxSessions), and detached commands that have them until their schedule ends. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Running } from '../../src/jobs/index.ts';
import type { Farm } from '../farm/farm.ts';
import { until } from '../farm/process.ts';
import { fleetOn, startFleetScene } from './fleets.ts';

/** What sshd allows an account at once on a connection, of which there may be two; the lock's own keeper has one channel. */
const MAX_SESSIONS = { root: 10, worker: 2 } as const;

let farm: Farm;
startFleetScene((started) => {
  farm = started;
});
beforeAll(async () => {
  mkdirSync(join(farm.home, 'conf'));
  writeFileSync(join(farm.home, 'conf/a'), 'a\n');
  const blocks = Object.entries(MAX_SESSIONS).map(
    ([user, max]) => `Match User ${user}\\n MaxSessions ${max}\\n`,
  );
  const [node] = farm.nodes;
  const { code } = (await node?.run(
    `printf '${blocks.join('')}' >/etc/ssh/sshd_config.d/few.conf && kill -HUP "$(cat /run/sshd.pid)"`,
  )) ?? { code: 1 };
  expect(code).toBe(0);
  const hasReadIt = async () => (await node?.run('grep -c "Server listening" /var/log/sshd.log'))?.stdout;
  await until('its sshd has begun anew', async () => (await hasReadIt()) === '2\n');
});

/** A fleet of one site, and the lines of its log. */
function one(user: keyof typeof MAX_SESSIONS) {
  const lines: string[] = [];
  const options = { log: { write: (line: unknown) => lines.push(String(line)) } };
  const fleet = fleetOn(farm, options, user);
  const waits = () => lines.filter((line) => line.includes('waits'));
  return { fleet, waits };
}

test('ten detached commands, another one and an upload: a second connection has room for them, without a word', async () => {
  const { fleet, waits } = one('root');
  fleet.jobs.add('ten', 'A', async ({ shell }) => {
    for (let at = 0; at < 10; at++) shell.spawn('exec sleep 300', { detached: true });
    await shell.upload(join(farm.home, 'conf'), { to: '/tmp' });
    await shell.run('cat /tmp/conf/a', { check: true });
  });
  expect((await fleet.run('ten')).schedule.errors).toBe(null);
  expect(waits()).toEqual([]);
  await fleet.close();
});

test.each([
  ['a command', 'run'],
  ['an upload', 'upload'],
] as const)(
  '%s that waits for the channels of detached commands says so, once, and which they are; it goes on when they end',
  async (_what, how) => {
    const { fleet, waits } = one('worker');
    let spawned: Running[] = [];
    fleet.jobs.add('many', 'A', async ({ shell }) => {
      spawned = [1, 2, 3].map((at) => shell.spawn(`: number ${at}; exec sleep 300`, { detached: true }));
      if (how === 'upload') await shell.upload(join(farm.home, 'conf'), { to: 'into' });
      else await shell.run('true', { check: true });
    });
    const running = fleet.run('many');
    await until('somebody is told', () => waits().length > 0);
    for (const each of spawned) each.end();
    expect((await running).schedule.errors).toBe(null);
    expect(waits()).toEqual([
      expect.stringMatching(
        /waits: .*MaxSessions.*until one of these has ended: : number 1; exec sleep 300, /,
      ),
    ]);
    await fleet.close();
  },
);

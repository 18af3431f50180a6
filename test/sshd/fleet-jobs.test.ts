/** Jobs and their roles on real nodes: what is counted stands on the nodes themselves. */
import { expect, test } from 'vitest';
import type { Fleet, Mode } from '../../src/jobs/index.ts';
import type { Farm } from '../farm/farm.ts';
import { fleetOn, startFleetScene } from './fleets.ts';

let farm: Farm;
let fleet: Fleet;
startFleetScene((started) => {
  farm = started;
});

test('PL-1, PL-2, PL-3: sites of hosts have roles, are looked up late, and keep what is theirs', async () => {
  fleet = fleetOn(farm);
  fleet.sites.add(['A', 'B'], ['www', 'db'], { env: { COLOUR: 'red' } });
  fleet.sites.update('A', 'beta', { name: 'other', env: { SHAPE: 'round' } });
  fleet.jobs.add('look', 'beta', async ({ shell, shared, site }) => {
    shared[site.name] = (await shell.run('echo "$COLOUR $SHAPE"')).stdout;
  });
  const { shared } = await fleet.run('look');
  expect([shared, fleet.sites.list('www', 'beta')]).toEqual([{ A: ' round\n' }, ['A']]);
  fleet.sites.add('C', 'beta', { env: { COLOUR: 'blue' } });
  expect((await fleet.run('look')).shared).toEqual({ A: ' round\n', C: 'blue \n' });
});

test.each<Mode>(['site-sequential', 'sequential', 'atomic', 'parallel'])(
  'PL-4: %s: hosts have the actions of their roles, as far as the roles of the schedule let them',
  async (mode) => {
    fleet = fleetOn(farm);
    fleet.sites.add('A', ['deploy', 'live']);
    fleet.sites.add('B', ['deploy', 'live', 'primary']);
    fleet.sites.add('C', ['test', 'deploy']);
    const file = `/tmp/counts-${mode}`;
    for (const [job, role] of [
      ['deploy', 'deploy'],
      ['countertest', 'test'],
    ] as const)
      fleet.jobs.add(job, role, ({ shell }) => shell.run(`echo ${job} >>${file}`, { check: true }));
    fleet.jobs.add('deploy', 'live', () => {});
    const { schedule } = await fleet.run(['deploy', 'countertest'], { roles: ['test', 'live'], mode });
    expect([schedule.errors, schedule.actionCount]).toEqual([null, 6]);
    const counts = await Promise.all(
      farm.nodes.map(async (node) => Number((await node.run(`wc -l <${file}`)).stdout)),
    );
    expect(counts).toEqual([1, 1, 2]);
  },
);

test('PL-8: a job is complete when all of its commands are, and two failures are one failed action with two messages', async () => {
  fleet = fleetOn(farm);
  fleet.jobs.add('two', 'A', [
    async ({ shell, shared }) => {
      const ended = await Promise.all([shell.run('sleep 0.2; echo late'), shell.run('echo soon')]);
      shared.said = ended.map(({ stdout }) => stdout);
    },
    async ({ shell, fail }) => {
      fail(null);
      const { code } = await shell.run('exit 3');
      fail(`code ${code}`);
      await shell.run('exit 4', { check: true });
    },
  ]);
  const { shared, schedule } = await fleet.run('two');
  const [first, second] = schedule.outcomes[0]?.actions ?? [];
  expect([shared.said, first?.outcome, schedule.errors]).toEqual([['late\n', 'soon\n'], 'ok', 1]);
  expect(second?.errors.map(({ message }) => message)).toEqual(['code 3', 'exit code 4: exit 4']);
  fleet.jobs.add('none', 'A');
  expect((await fleet.run('none')).schedule.actionCount).toBe(0);
});

test('PL-9: a job that is not known is refused before anything is connected; with allowMissing it is passed over', async () => {
  fleet = fleetOn(farm);
  fleet.jobs.add('known', 'A', ({ shell }) => shell.run('true', { check: true }));
  await expect(fleet.run(['known', 'unknown'])).rejects.toMatchObject({ code: 'usage' });
  const { ok, schedule } = await fleet.run(['known', 'unknown'], { allowMissing: true });
  expect([ok, schedule.actionCount]).toEqual([true, 1]);
});

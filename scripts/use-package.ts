// A program that uses the package as its users do; scripts/check-package.mjs compiles and runs it where the package is installed.
import { strict as assert } from 'node:assert';
import {
  type Action,
  createFleet,
  type Fleet,
  type JobEvent,
  LockstepError,
  type ScheduleOptions,
  shell,
} from 'lockstep-ssh';

interface Shared extends Record<string, unknown> {
  greeting?: string;
}

const events: JobEvent['type'][] = [];
const fleet: Fleet = createFleet({ check: true, onEvent: ({ type }) => void events.push(type) });
fleet.sites.add(['one', 'two'], 'all', { cwd: '/' });
const hello: Action = async ({ shell: own, shared, site }) => {
  const { stdout, code } = await own.run(['pwd', `echo ${site.name}`]);
  assert.equal(code, 0);
  (shared as Shared).greeting = stdout;
};
fleet.jobs.add('hello', 'all', hello);
const options: ScheduleOptions = { roles: 'two', limits: [{ roles: 'all', max: '50%' }] };
const { ok, shared } = await fleet.runSequential('hello', options);
assert.deepEqual([ok, shared], [true, { greeting: '/\ntwo\n' }]);
assert.ok(events.includes('output'));
await assert.rejects(fleet.run('none'), (error) => error instanceof LockstepError && error.code === 'usage');
await fleet.close();
assert.equal((await shell().run('echo 1')).stdout, '1\n');

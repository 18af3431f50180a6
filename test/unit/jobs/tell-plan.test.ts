import { expect, test } from 'vitest';
import { createFleet } from '../../../src/jobs/index.ts';
import { listText } from '../../../src/jobs/schedules/tell-plan.ts';

test('a list has jobs, roles and sites, and no heading without a line', async () => {
  const fleet = createFleet({});
  fleet.sites.add('www1', [], { host: 'root@www1' });
  expect(listText(fleet)).toBe('sites:\n  www1  root@www1\n');
  fleet.jobs.add('deploy', 'www1', () => {});
  expect(listText(fleet)).toBe('jobs:\n  deploy  www1\nsites:\n  www1  root@www1\n');
  fleet.sites.add('www2', 'web');
  const all = 'jobs:\n  deploy  www1\nroles:\n  web  www2\nsites:\n  www1  root@www1\n  www2  this machine\n';
  expect(listText(fleet)).toBe(all);
  await fleet.close();
});

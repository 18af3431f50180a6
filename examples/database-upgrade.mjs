// A rolling upgrade, with one database at a time in each data centre: node examples/database-upgrade.mjs root@db1=ams root@db2=ams root@db3=fra
import { createFleet } from 'lockstep-ssh';

const fleet = createFleet({
  lock: { reason: 'database upgrade', waitMs: 60_000 },
  connect: JSON.parse(process.env.LOCKSTEP_CONNECT ?? '{}'),
  log: process.stderr,
  stdout: process.stdout,
  check: true,
});
for (const word of process.argv.slice(2)) {
  const [host, centre] = word.split('=');
  fleet.sites.add(word, ['db', centre], { host });
}
const centres = [...new Set(process.argv.slice(2).map((word) => word.split('=')[1]))];

fleet.jobs.add('upgrade', 'db', async ({ shell, shared, site }) => {
  const [, centre] = site.name.split('=');
  shared[centre] ??= { work: 0, most: 0 };
  const at = shared[centre];
  at.most = Math.max(at.most, ++at.work);
  await shell.run('touch /run/draining');
  await shell.run('sleep 0.2; echo 2 >/srv/version');
  await shell.run('rm /run/draining');
  at.work--;
});

try {
  // A database that fails keeps its place: in its data centre no other one is begun.
  const { ok, shared } = await fleet.run('upgrade', {
    limits: centres.map((centre) => ({ roles: centre, max: 1 })),
    onFailure: 'hold',
  });
  console.log(JSON.stringify({ ok, ...shared }));
  process.exitCode = ok ? 0 : 1;
} finally {
  await fleet.close();
}

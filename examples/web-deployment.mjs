// A web deployment with a way back, as jobs: lockstep job -f examples/web-deployment.mjs snapshot update migrate tell
// Sites come from LOCKSTEP_SITES, as host,host,…; files from LOCKSTEP_FILES.
const hosts = (process.env.LOCKSTEP_SITES ?? 'root@www1,root@www2').split(',');
const files = process.env.LOCKSTEP_FILES ?? './site/';

/** @param {import('lockstep-ssh').Fleet} fleet */
export default ({ sites, jobs }) => {
  for (const [at, host] of hosts.entries())
    sites.add(`www${at + 1}`, ['www', at === 0 ? 'primary' : 'others'], { host });
  sites.update('www', { root: '/srv/www' });

  // What is there already is kept, under the name of this batch.
  jobs.add('snapshot', 'www', async ({ site, shell, ids, report }) => {
    await shell.run(`mkdir -p ${site.root} && cp -a ${site.root} /srv/www.before-${ids.batch}`, {
      check: true,
    });
    report(`to go back: mv /srv/www.before-${ids.batch} ${site.root}`);
  });

  jobs.add('update', 'www', async ({ site, shell, ids, step }) => {
    await shell.mirror(files, { to: site.root });
    // Nobody goes on before everybody has the files.
    await step('files');
    const { code } = await shell.run(`test -s ${site.root}/index.html`);
    if (code === 0) return;
    await shell.run([`rm -rf ${site.root}`, `mv /srv/www.before-${ids.batch} ${site.root}`], { check: true });
    throw new Error('the new site has no index.html: gone back');
  });

  // Only the primary migrates; the others hear of it in a job of their own, behind that one (--schedule sequential).
  jobs.add('migrate', 'primary', async ({ shell, shared }) => {
    const { stdout } = await shell.run('hostname', { quiet: true });
    shared.migratedBy = stdout.trim();
  });
  jobs.add('tell', 'others', ({ report, shared }) =>
    report(`migrated by ${shared.migratedBy ?? 'nobody yet'}`),
  );
};

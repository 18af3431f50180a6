/** What the commands of jobs print, as `lockstep job` shows it. */
import { expect, test } from 'vitest';
import { jobPlace } from './job-place.ts';

const { run, file } = jobPlace();

test('lines of commands that run at once on one site are whole on the terminal, and each command ends its own', async () => {
  const jobs = file(
    'lines.mjs',
    `export default ({ sites, jobs }) => {
      sites.add('one');
      const wait = (name) => \`while ! test -e \${name}; do sleep 0.02; done\`;
      jobs.add('both', 'one', ({ shell }) => Promise.all([
        shell.run(\`printf aaa; touch a; \${wait('b')}; printf AAA\`),
        shell.run(\`\${wait('a')}; printf bbb; touch b; \${wait('c')}; echo BBB\`),
        shell.run(\`\${wait('b')}; printf c\`).then(() => shell.run('touch c')),
      ]));
    };`,
  );
  const { code, stdout, stderr } = await run(['job', '-f', jobs, 'both']);
  expect(code, stderr).toBe(0);
  expect(stdout.trim().split('\n').sort()).toEqual(['one aaaAAA', 'one bbbBBB', 'one c']);
});

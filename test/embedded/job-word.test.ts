/** `lockstep job` as a program, with sites of this machine. */
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobPlace } from './job-place.ts';

const { place, start, run, file } = jobPlace();

test('of an action that throws the terminal has one line, and the journal its stack; such a run is not retried', async () => {
  const jobs = file(
    'throws.mjs',
    `export default ({ sites, jobs }) => {
      sites.add(['one', 'two'], 'all');
      jobs.add('deploy', 'all', function deployIt({ site }) {
        if (site.name === 'two') throw new Error('nothing to deploy');
      });
    };`,
  );
  const ran = await run(['job', '-f', jobs, 'deploy']);
  expect(ran.code, ran.stderr).toBe(1);
  expect(ran.stderr).toContain('job deploy: nothing to deploy');
  expect(ran.stderr).not.toContain('deployIt');
  const log = await run(['log', 'last']);
  expect(log.stdout).toMatch(
    /two: error: Error: nothing to deploy\n.*two: error: +at .*deployIt .*throws\.mjs:4/,
  );
  expect((await run(['show', 'last'])).stdout).toMatch(/^ {2}job deploy\n[\s\S]*two \(1\): exit code 1/m);
  const retried = await run(['retry', 'last']);
  expect([retried.code, retried.stderr]).toEqual([64, expect.stringContaining('was one of jobs')]);
  expect((await run(['-o', 'run:last:failed', '-C', 'true'])).stderr).toContain('whose sites are no targets');
});

test('--events has the events of jobs as JSON lines, of one run', async () => {
  const jobs = file(
    'events.mjs',
    `export default ({ sites, jobs }) => {
      sites.add('one');
      jobs.add('hello', 'one', ({ shell }) => shell.run('echo hello'));
    };`,
  );
  const path = join(place, 'events.jsonl');
  const descriptor = openSync(path, 'w');
  const { child, ended } = start(['job', '-f', jobs, 'hello', '--events', '3'], [descriptor]);
  child.stdin?.end();
  expect((await ended).code).toBe(0);
  closeSync(descriptor);
  const events = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.find(({ type }) => type === 'output')).toMatchObject({ node: '[one]', text: 'hello\n' });
  const begun = events.find(({ type }) => type === 'begun');
  expect(begun.run).toMatch(/^\d{8}T\d{6}-[0-9a-f]{8}$/);
  expect(events.at(-1)).toMatchObject({ type: 'finished', exitCode: 0, run: begun.run });
  expect((await run(['job', '-f', jobs, 'hello', '--events', '2'])).code).toBe(64);
});

test('targets of stdin and of a program become sites, beside those of -o', async () => {
  const jobs = file('none.mjs', 'export default () => {};');
  const listed = async (words: readonly string[], stdin = '') => {
    const { code, stdout, stderr } = await run(['job', '-F', 'none', '-f', jobs, '--list', ...words], stdin);
    expect(code, stderr).toBe(0);
    return stdout.split('sites:\n')[1];
  };
  expect(await listed(['-s'], 'ann@web1\nann@web2:2222\n')).toBe(
    '  web1  ann@web1:22\n  web2  ann@web2:2222\n',
  );
  expect(await listed(['-o', 'ann@web1', '--targets-from', 'echo ann@web3'])).toBe(
    '  web1  ann@web1:22\n  web3  ann@web3:22\n',
  );
});

test('Ctrl-C ends it while the file loads', async () => {
  const jobs = file(
    'hangs.mjs',
    `console.log('loads'); setInterval(() => {}, 1000); await new Promise(() => {}); export default () => {};`,
  );
  const { child, ended } = start(['job', '-f', jobs, 'any']);
  child.stdin?.end();
  await once(child.stdout as never, 'data');
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining('ended by SIGINT') });
});

/** What an error may come from that no action hears of; each prints what it got from a node. */
const STRAYS = {
  'a promise that nobody awaits':
    'void shell.run(\'printf "\\\\033]0;owned\\\\007bad"\').then(({ stdout }) => { throw new Error(stdout); });',
  'a timer': "setTimeout(() => { throw new Error('\\u001b]0;owned\\u0007bad'); }, 50);",
  'a promise that rejects with a text': "setTimeout(() => Promise.reject('\\u001b]0;owned\\u0007bad'), 50);",
  'a promise that is awaited too late':
    "const late = Promise.reject(new Error('\\u001b]0;owned\\u0007bad')); await shell.run('sleep 300'); await late;",
};

test.each(Object.entries(STRAYS))(
  'S9: an error of %s ends the jobs in order, and is told without a byte that the terminal obeys',
  async (_what, stray) => {
    const jobs = file(
      'strays.mjs',
      `export default ({ sites, jobs }) => {
        sites.add(['one', 'two'], 'all');
        jobs.add('stray', 'all', async function strayAction({ shell, site }) {
          if (site.name === 'two') return void await shell.run('echo $$ >pid; exec sleep 300');
          await shell.run('while ! test -s pid; do sleep 0.05; done');
          ${stray}
          await shell.run('sleep 300');
        });
      };`,
    );
    rmSync(join(place, 'pid'), { force: true });
    const { code, stderr } = await run(['job', '-f', jobs, 'stray']);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/an error that nothing handles.*bad/);
    for (const raw of ['\u001b]', '\u0007', 'node:internal', 'Warning']) expect(stderr).not.toContain(raw);
    expect(() => process.kill(Number(readFileSync(join(place, 'pid'), 'utf8')), 0)).toThrow('ESRCH');
    const told = (await run(['show', 'last'])).stdout;
    expect(told).toContain('an error that nothing handles');
  },
);

test('a promise that nobody awaits, of a command that its action has ended, is no error', async () => {
  const jobs = file(
    'ended.mjs',
    `export default ({ sites, jobs }) => {
      sites.add('one');
      jobs.add('job', 'one', async ({ shell, report }) => {
        shell.run('exec sleep 300').then(({ code }) => report(code));
        await shell.run('true');
      });
    };`,
  );
  expect(await run(['job', '-f', jobs, 'job'])).toMatchObject({ code: 0 });
});

test('Ctrl-C leaves what is known of the sites: those that were done, and those whose work it ended', async () => {
  const jobs = file(
    'cut.mjs',
    `export default ({ sites, jobs }) => {
      sites.add(['w1', 'w2', 'w3', 'w4'], 'all');
      jobs.add('work', 'all', async ({ shell, site }) => {
        if (site.name === 'w4') throw new Error('no work for w4');
        if (site.name === 'w3') await shell.run('exec sleep 300');
      });
      jobs.add('check', ['w2', 'w3'], ({ site }) => console.log('checked ' + site.name));
    };`,
  );
  const path = join(place, 'cut.jsonl');
  const descriptor = openSync(path, 'w');
  const { child, ended } = start(['job', '-f', jobs, 'work', 'check', '--events', '3'], [descriptor]);
  child.stdin?.end();
  await once(child.stdout as never, 'data');
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  closeSync(descriptor);
  const { outcomes } = JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '');
  expect(outcomes.map(({ node, kind }: { node: string; kind: string }) => [node, kind])).toEqual([
    ['[w1]', 'ok'],
    ['[w2]', 'ok'],
    ['[w3]', 'ended'],
    ['[w4]', 'exit'],
  ]);
  const { stdout } = await run(['show', 'last']);
  expect(stdout).toMatch(/w\[1-2\] \(2\): ok/);
  expect(stdout).toMatch(/w3 \(1\): ended: its work was ended with the run/);
  expect(stdout).toMatch(/w4 \(1\): exit code 1/);
});

test.each<[string, string[], string]>([
  ['of a role that no site has', ['typo'], "no site has the job 'typo'"],
  [
    'of other roles than those asked for',
    ['deploy', 'typo', '--role', 'db'],
    "no site has the jobs 'deploy', 'typo'",
  ],
])('jobs %s are nothing to do, and no success', async (_what, words, message) => {
  const jobs = file(
    'idle.mjs',
    `export default ({ sites, jobs }) => {
      sites.add('one', 'www');
      sites.add('two', 'db');
      jobs.add('typo', 'wwww', () => {});
      jobs.add('deploy', 'www', () => console.log('deployed'));
    };`,
  );
  for (const how of [[], ['--plan']]) {
    const ran = await run(['job', '-f', jobs, ...words, ...how]);
    expect([ran.code, ran.stderr]).toEqual([64, expect.stringContaining(`nothing to do: ${message}`)]);
  }
  // In a list the other jobs have their sites.
  expect(await run(['job', '-f', jobs, 'typo', 'deploy'])).toMatchObject({
    ...{ code: 0, stdout: 'deployed\n' },
    stderr: expect.stringContaining('no site has the job typo'),
  });
});

test('an action that nothing can settle any more fails the run, which says so', async () => {
  const jobs = file(
    'never.mjs',
    `export default ({ sites, jobs }) => {
      sites.add(['one', 'two'], 'all');
      jobs.add('job', 'all', ({ site }) => (site.name === 'one' ? undefined : new Promise(() => {})));
    };`,
  );
  const { code, stderr } = await run(['job', '-f', jobs, 'job']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('wait for something that nothing can bring')]);
  expect((await run(['show', 'last'])).stdout).toMatch(/one \(1\): ok\n +two \(1\): ended/);
});

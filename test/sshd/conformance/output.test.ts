/** Sections 6.4 to 7: lines, records and trees as scripts look for them. Most of it is in ../output.test.ts and test/unit/output. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../../farm/farm.ts';
import { expectExit, run, startScene } from '../scene.ts';

let farm: Farm;
let hosts: string[];
const nobody = 'root@127.0.0.1:1';

beforeAll(async () => {
  farm = await startScene(2);
  hosts = farm.nodes.map(({ host }) => host);
});
afterAll(() => farm?.stop());

const bodies = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { body: string; node: string | null });

test('6.4, 9.13: nodes that share a host are told apart, in text as in JSON', async () => {
  const [host] = hosts as [string];
  const targets = ['-o', host, '-o', `worker@${host}`, '-u', 'root', '-y'];
  const ran = await expectExit(run(farm, [...targets, '-C', 'id -un'], { nodes: [] }), 0);
  expect(ran.stdout.split('\n').sort()).toEqual(['', `root@${host}:22 root`, `worker@${host}:22 worker`]);
  const json = await expectExit(run(farm, [...targets, '--json', '-C', 'id -un'], { nodes: [] }), 0);
  expect(bodies(json.stdout).sort((one, other) => (one.body < other.body ? -1 : 1))).toEqual([
    { body: 'root\n', host, node: `[root@${host}:22]`, stream: 'stdout' },
    { body: 'worker\n', host: `worker@${host}`, node: `[worker@${host}:22]`, stream: 'stdout' },
  ]);
});

test('6.4: \\r, NUL and bytes that are no text go to a file as they came', async () => {
  const ran = await expectExit(
    run(farm, ['-q', '-C', String.raw`printf 'a\r\nb\0c\x1b[31m'`], { nodes: farm.nodes.slice(0, 1) }),
    0,
  );
  expect(ran.stdout).toBe('a\r\nb\0c\x1b[31m');
});

describe('6.7: the report of commands that failed', () => {
  test('on all nodes has the words and the codes that scripts look for, and the names that orgalorg left out', async () => {
    const ran = await expectExit(run(farm, ['-C', 'exit 1']), 1);
    expect(ran.stderr).toMatch(/\[FATAL\] remote execution failed, .*exited with non-zero exit code.*\n/);
    expect(ran.stderr).toContain('commands are failed on all 2 nodes\n');
    expect(ran.stderr).toContain(`code 1 (2 nodes): [root@${hosts[0]}:22], [root@${hosts[1]}:22]\n`);
    const simple = await expectExit(run(farm, ['-mn', 'exit 1', '-S', '--no-upload']), 1);
    expect(simple.stderr).toMatch(/remote execution failed.*all 2 nodes.*code 1 \(2 nodes\)/s);
  });

  test('on some nodes names them, and only them', async () => {
    const ran = await expectExit(run(farm, ['-C', '[ "$(hostname)" != node-2 ]']), 1);
    expect(ran.stderr).toContain('commands are failed on 1 out of 2 nodes\n');
    expect(ran.stderr).toContain(`code 1 (1 nodes): [root@${hosts[1]}:22]\n`);
    expect(ran.stderr).not.toContain(`[root@${hosts[0]}:22]`);
  });

  test('9.3: a lost connection is a failure of its own, and no "code 0"', async () => {
    const ran = run(farm, ['-C', 'echo here; sleep 300']);
    await ran.waitForOutput(new RegExp(`${hosts[1]} here`));
    await farm.nodes[1]?.kill();
    await expectExit(ran, 2);
    expect(ran.stderr).not.toContain('code 0');
    expect(ran.stderr).toContain(`[root@${hosts[1]}:22]`);
    await farm.nodes[1]?.boot();
  });
});

describe('records', () => {
  test('7.2, 7.3: have the time, the level to the right of 7 columns, and their tree below column 28', async () => {
    const ran = await expectExit(run(farm, ['-o', nobody, '-C', 'true']), 3);
    const lines = ran.stderr.split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[FATAL\] connecting to cluster failed$/);
    expect(lines[1]).toBe(`${' '.repeat(28)}├─ connection to 1 of 3 nodes failed`);
    expect(ran.stderr).toContain(`└─ can't connect to address: [${nobody}]\n`);
    const levels = await expectExit(run(farm, ['-vv', '-C', 'echo out']), 0);
    for (const line of levels.stderr.trimEnd().split('\n')) {
      expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (\[DEBUG\]|\[TRACE\]| \[INFO\]) /);
    }
  });

  test('7.4: as JSON are one object a line, with the words that scripts look for and no tree', async () => {
    const failed = await expectExit(run(farm, ['--json', '-o', nobody, '-C', 'true']), 3);
    expect(failed.stderr).toMatch(/"body":".*FATAL.*connect to address/);
    expect(failed.stderr).not.toContain('└─');
    const ran = await expectExit(run(farm, ['--json', '-vv', '-C', 'echo out']), 0);
    expect(ran.stderr).toMatch(/"body":".*DEBUG.*connection established/);
    expect(ran.stderr).toMatch(/"body":".*TRACE.*running lock command/);
    for (const { body } of bodies(ran.stderr)) expect(body.slice(0, -1)).not.toContain('\n');
    expect(bodies(ran.stdout).map(({ body }) => body)).toEqual(['out\n', 'out\n']);
  });
});

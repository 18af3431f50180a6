import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import type { Outcome } from '../../../src/core/outcome.ts';
import { jsonFormat, logObject, outcomeObject } from '../../../src/output/json.ts';
import { statusObject } from '../../../src/output/report/lock-status.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../../docs/JSON.md', import.meta.url)), 'utf8');
const web1 = nodeNamed('web1');
const web2 = nodeNamed('web2');

const OUTCOMES: readonly Outcome[] = [
  { kind: 'ok' },
  { kind: 'exit', code: 3 },
  { kind: 'signal', signal: 'KILL' },
  { kind: 'timed-out', afterMs: 1000 },
  { kind: 'ended', reason: 'another one failed' },
  { kind: 'lost', reason: 'the connection was lost' },
  { kind: 'refused', error: new LockstepError('unreachable', 'cannot connect') },
  { kind: 'skipped', reason: 'nothing was run there' },
];

function nodeNamed(host: string): Node {
  return { id: nodeId('root', host, 22), user: 'root', host, port: 22, given: host };
}

function line(node: Node, stream: 'stdout' | 'stderr', text: string): string {
  return jsonFormat({ node, stream }).render(Buffer.from(text)).toString();
}

const status = statusObject(
  {
    node: web1,
    holders: [
      {
        who: 'ann@desk',
        run: '1',
        since: '2026-11-28T00:00:00Z',
        reason: 'upgrade',
        command: '-L',
        version: '0.1.0',
        kind: 'exclusive',
        pid: 7,
        lockPath: '/',
      },
    ],
    orphans: [],
    flock: { kind: 'held', pid: 7 },
  },
  '/',
);

describe('docs/JSON.md', () => {
  test('has a row for every kind of outcome, with its keys', () => {
    const common = ['body', 'host', 'node', 'stream', 'outcome'];
    for (const outcome of OUTCOMES) {
      const object = JSON.parse(outcomeObject({ node: web1, outcome }));
      const row = PAGE.split('\n').find((text) => text.startsWith(`| \`"${outcome.kind}"\` |`)) ?? '';
      const keys = [...(row.split('|')[3] ?? '').matchAll(/`(\w+)`/g)].map(([, key]) => key);
      expect(
        Object.keys(object).filter((key) => !common.includes(key)),
        outcome.kind,
      ).toEqual(keys);
      expect(object).toMatchObject({ body: '', host: 'web1', node: '[root@web1:22]', stream: 'status' });
    }
    expect(PAGE.match(/^\| `"[\w-]+"` \|/gm)).toHaveLength(OUTCOMES.length);
  });

  test('means by ended also a node whose work was ended with the run', () => {
    const outcome: Outcome = { kind: 'ended', reason: 'its work was ended with the run', follows: true };
    expect(JSON.parse(outcomeObject({ node: web1, outcome }))).toMatchObject({
      outcome: 'ended',
      reason: 'its work was ended with the run',
    });
  });

  test('names every key of a lock', () => {
    const { lock } = JSON.parse(status);
    for (const key of [...Object.keys(lock), ...Object.keys(lock.holders[0])])
      expect(PAGE).toContain(`\`${key}\``);
  });

  const STDOUT = line(web1, 'stdout', 'up\n') + line(web2, 'stdout', 'up\n');
  const STDERR = [
    line(web2, 'stderr', 'oh\n'),
    logObject('[FATAL] one failed\n'),
    ...OUTCOMES.map((outcome) => outcomeObject({ node: web2, outcome })),
  ].join('');
  const lines = [...PAGE.matchAll(/^lockstep --json .*? \| jq (-\w) '(.*)'$/gm)];

  test.each([
    [0, STDOUT, 'web1: up\nweb2: up\n'],
    [1, STDOUT, 'up\n'],
    [2, STDERR, /^web2\texit\t3\nweb2\tsignal\tKILL\nweb2\ttimed-out\t1000\n/],
    [3, STDOUT, /"hosts": \[\n\s+"web1",\n\s+"web2"/],
    [4, STDERR, '[FATAL] one failed\n'],
    [5, status, 'web1 ann@desk 1 upgrade\n'],
  ])('has lines of jq that do what is said: %d', (at, input, expected) => {
    expect(lines).toHaveLength(6);
    const [, flag = '', program = ''] = lines[at] ?? [];
    const ran = spawnSync('jq', [flag, program], { input, encoding: 'utf8' });
    if (ran.error) return console.warn('not tested: jq is not installed');
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(expected);
  });
});

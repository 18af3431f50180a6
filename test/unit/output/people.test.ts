/** What a person at a terminal reads at the end of a run; scripts, and whoever calls the program orgalorg, read report.test.ts. */

import { describe, expect, test } from 'vitest';
import { EXIT, LockstepError } from '../../../src/core/errors.ts';
import type { FilesAtEnd, RunEvent } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import type { NodeOutcome, Outcome } from '../../../src/core/outcome.ts';
import { connectError } from '../../../src/run/start/connect.ts';
import { exit, files, finished, follows, nodes, ok } from './ends.ts';
import { makeNode, play } from './fixtures.ts';

const [web1, web2, web3, web4] = nodes as [Node, Node, Node, Node];

/** The lines of a terminal of 200 columns, without their times. */
async function shown(events: readonly RunEvent[], settings = {}): Promise<string[]> {
  const { stderr } = await play(events, settings, { isTTY: true, columns: 200 });
  return stderr
    .trimEnd()
    .replaceAll(/^2026-11-21 09:12:40 +/gm, '')
    .split('\n');
}

/** One tool failed and said why; the others took back what they had done. */
function syncFailure(): LockstepError {
  const cause = new LockstepError('protocol-failed', 'exited with code 1: bad config', {
    node: web4,
    step: 'sync',
    brief: { text: 'bad config', causes: [] },
  });
  return new LockstepError('protocol-failed', 'failed to run sync command on 1 of 5 nodes', {
    causes: [cause],
    brief: { text: 'sync failed on 1 of 5 nodes', causes: [cause] },
  });
}

describe('the report at a terminal', () => {
  test('names the culprit and what became of the others in its first line, and none that only followed', async () => {
    const end = {
      outcomes: [follows, follows, follows, exit(1), follows],
      failure: syncFailure(),
      files: files({ old: nodes }),
    };
    expect(await shown([finished(end)])).toEqual([
      '[FATAL] sync failed on 1 of 5 nodes: [root@web4:22] bad config; taken back on all 5 nodes: no destination is changed',
    ]);
    const [first, second] = await shown([finished(end)], { verbose: 1 });
    expect(first).toContain('sync failed on 1 of 5 nodes');
    expect(first).toContain('[root@web4:22] bad config; taken back');
    expect(second).toMatch(/ended with it on 4 nodes: \[root@web1:22\], .*web5/);
  });

  test.each<[string, Partial<FilesAtEnd>, string]>([
    ['nothing was begun', { hasBegun: false, old: nodes }, 'no destination is changed on any node'],
    ['all are new', { new: nodes }, 'the new files were put in place on all 5 nodes'],
    [
      'they differ, or it is not known',
      { new: [web1, web2], old: [web3], unknown: [web4] },
      'unknown, look at the node: [root@web4:22]; wholly new: [root@web1:22], [root@web2:22]; wholly old: [root@web3:22]',
    ],
  ])('says of the files what is known, and no more: %s', async (_name, sorted, sentence) => {
    const [line = ''] = await shown([
      finished({ outcomes: nodes.map(() => ok), failure: syncFailure(), files: files(sorted) }),
    ]);
    expect(line.endsWith(`; ${sentence}`), line).toBe(true);
  });

  test('tells a node that cannot be reached in one line, with its name once', async () => {
    const cause = new LockstepError('unreachable', 'cannot connect: connection refused', {
      node: web1,
      causes: [new Error('connect ECONNREFUSED 10.0.0.1:22')],
    });
    const failure = connectError([cause], 1);
    const outcomes = [{ kind: 'refused', error: cause } as const];
    const lines = await shown([finished({ outcomes, failure })]);
    expect(lines).toEqual([
      '[FATAL] cannot connect: [root@web1:22] cannot connect: connection refused: connect ECONNREFUSED 10.0.0.1:22',
      expect.stringMatching(/^ {4}hint: check the name/),
    ]);
  });

  test('has one line for one way of failing, and one line each for several', async () => {
    expect(await shown([finished({ outcomes: [ok, ok, ok, exit(17), ok] })])).toEqual([
      '[FATAL] the command failed on 1 of 5 nodes: code 17 on [root@web4:22]',
    ]);
    expect(await shown([finished({ outcomes: [exit(3)] })])).toEqual([
      '[FATAL] the command failed: code 3 on [root@web1:22]',
    ]);
    const lost: Outcome = { kind: 'lost', reason: 'read ECONNRESET' };
    expect(await shown([finished({ outcomes: [exit(1), exit(17), exit(17), lost, ok] })])).toEqual([
      '[FATAL] the command failed on 4 of 5 nodes',
      '    code 17 on 2 nodes: [root@web2:22], [root@web3:22]',
      '    code 1 on [root@web1:22]',
      '    [root@web4:22] was lost: read ECONNRESET',
    ]);
  });

  test('does not call it a failure that a dry run has found what would change', async () => {
    const outcomes = [web1, web2].map((node): NodeOutcome => ({ node, outcome: ok }));
    const end: RunEvent = { type: 'finished', outcomes, exitCode: EXIT.changesPending };
    expect(await shown([end])).toEqual(['']);
    expect((await play([end])).stderr).toBe('');
  });

  test('is as short for a thousand nodes', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => makeNode(`n${at + 1}`));
    const outcomes = many.map((node, at): NodeOutcome => ({ node, outcome: exit(at < 900 ? 1 : 2) }));
    const lines = await shown([{ type: 'finished', outcomes, exitCode: 1 }]);
    expect(lines).toEqual([
      '[FATAL] the command failed on all 1000 nodes',
      '    code 1 on 900 nodes: [root@n[1-900]:22]',
      '    code 2 on 100 nodes: [root@n[901-1000]:22]',
    ]);
  });

  test('takes Ctrl-C for the end that was wanted, unless a node did not obey', async () => {
    const failure = new LockstepError('interrupted', 'ended by SIGINT', {
      brief: { text: 'ended by Ctrl-C', causes: [] },
    });
    const outcomes = nodes.map(() => exit(143));
    expect(await shown([finished({ outcomes, failure })])).toEqual(['[INFO] ended by Ctrl-C on 5 nodes']);
    expect((await shown([finished({ outcomes, failure })], { verbose: 1 }))[0]).toContain('[root@web1:22]');
    const [line = ''] = await shown([finished({ outcomes, failure, stuck: [web3] })]);
    expect(line).toMatch(/^\[FATAL\] ended by Ctrl-C on 5 nodes; no word of the end from \[root@web3:22\]/);
    const [mixed] = await shown([finished({ outcomes: [exit(7), ...outcomes.slice(1)], failure })]);
    expect(mixed).toBe('[FATAL] ended by Ctrl-C on 5 nodes: code 7 on [root@web1:22]');
  });

  test('does not say again that the lock was lost, in the same words', async () => {
    const text = "can't receive heartbeat, the lock is lost: silence";
    const failure = new LockstepError('lock-lost', text, {
      node: web3,
      brief: { text: 'lost its lock, which ended the run', causes: [] },
    });
    const events: RunEvent[] = [
      { type: 'log', level: 'error', node: web3, message: text },
      finished({ outcomes: nodes.map(() => ({ kind: 'lost', reason: 'x', follows: true })), failure }),
    ];
    const { stderr } = await play(events);
    expect(stderr.split('silence')).toHaveLength(2);
    expect(stderr).toContain('[FATAL] [root@web3:22] lost its lock, which ended the run');
    expect((await shown(events)).join('\n').split('silence')).toHaveLength(2);
  });

  test('names those that -w has left out once more, behind all else, with -q too', async () => {
    const error = new LockstepError('unreachable', 'no', { node: web2 });
    const events: RunEvent[] = [
      { type: 'phase', phase: 'connect', nodes: 5 },
      { type: 'left-out', errors: [error] },
      { type: 'phase', phase: 'lock', nodes: 4 },
      { ...finished({ outcomes: [ok, { kind: 'refused', error }, ok, ok, ok] }), exitCode: 0 } as RunEvent,
    ];
    expect((await shown(events)).at(-1)).toBe('[WARN] 1 of 5 nodes left out: [root@web2:22]');
    for (const settings of [{}, { quiet: true }, { json: true }]) {
      expect((await play(events, settings)).stderr).toContain('1 of 5 nodes left out: [root@web2:22]');
    }
  });

  test.each([
    [
      { files: 1, bytes: 300_000_000, savedBytes: 0, nodes: 5, tookMs: 26_100 },
      '1 file, 286 MiB, on 5 nodes in 26 s',
    ],
    [{ files: 0, bytes: 0, savedBytes: 0, nodes: 1, tookMs: 440 }, '0 files, 0 bytes, on 1 node in 0.4 s'],
    [
      { files: 1200, bytes: 1.5 * 1024 ** 3, savedBytes: 0, nodes: 40, tookMs: 200_000 },
      '1200 files, 1.5 GiB, on 40 nodes in 3 min 20 s',
    ],
    [
      { files: 5000, bytes: 20 * 1024 ** 2, savedBytes: 400 * 1024 ** 2, nodes: 20, tookMs: 1_200 },
      '5000 files, 20 MiB, on 20 nodes in 1.2 s, 400 MiB not sent',
    ],
    [
      { files: undefined, bytes: undefined, savedBytes: 0, nodes: 5, tookMs: 4_000 },
      'sync on 5 nodes in 4.0 s',
    ],
  ])('is one line where files were sent and all is well, and none with -q: %j', async (success, line) => {
    const event: RunEvent = { type: 'finished', outcomes: [], exitCode: 0, success };
    expect(await shown([event])).toEqual([`[INFO] ${line}`]);
    // A sync without files is silent in scripts of orgalorg.
    const inScripts = success.files === undefined ? '' : `2026-11-21 09:12:40  [INFO] ${line}\n`;
    expect((await play([event])).stderr).toBe(inScripts);
    const objects = (await play([event], { json: true })).stderr;
    expect(objects).toContain(inScripts.trim());
    expect(JSON.parse(objects.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      ...{ body: '', host: null, node: null, stream: 'stderr' },
      success: JSON.parse(JSON.stringify(success)),
    });
    expect(await play([event], { quiet: true })).toEqual({ stdout: '', stderr: '' });
  });

  test('tells with the time since when a lock is held how long ago that is, by the clock of the reader', async () => {
    const held = (since: Date) =>
      `lock already obtained by ann@ctl since ${since.toISOString().replace('.000', '')} on / (run r)`;
    const now = new Date(2026, 10, 21, 9, 12, 40).getTime();
    const ages = [31, 3_661, 200_000, 0, -5].map((seconds) => new Date(now - seconds * 1000));
    const lines = await shown(
      ages.map((since) => ({ type: 'log', level: 'info', message: held(since) }) as const),
    );
    expect(lines.map((line) => / since \S+ (.*) \(run r/.exec(line)?.[1])).toEqual([
      '(31 s ago) on /',
      '(1 h 1 min ago) on /',
      '(2 d 7 h ago) on /',
      '(0 s ago) on /',
      'on /',
    ]);
    const { stderr } = await play([{ type: 'log', level: 'info', message: held(ages[0] as Date) }]);
    expect(stderr).not.toContain('ago');
  });

  test("is orgalorg's where the program is called so, or stderr is no terminal", async () => {
    const event = finished({ outcomes: [exit(1), exit(1)] });
    const tree = /remote execution failed, .*\n {28}└─ commands are failed on all 2 nodes\n/;
    expect((await play([event], { asOrgalorg: true }, { isTTY: true })).stderr).toMatch(tree);
    expect((await play([event])).stderr).toMatch(tree);
  });
});

import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import type { NodeOutcome, Outcome } from '../../../src/core/outcome.ts';
import { decideColour } from '../../../src/output/log-writer.ts';
import { makeNode, play } from './fixtures.ts';

const [a, b, c] = ['a', 'b', 'c'].map((host) => makeNode(`${host}.example`)) as [Node, Node, Node];
type Node = ReturnType<typeof makeNode>;

const ends = (node: Node, outcome: Outcome): NodeOutcome => ({ node, outcome });
const exits = (node: Node, code: number) => ends(node, code === 0 ? { kind: 'ok' } : { kind: 'exit', code });

function finished(outcomes: NodeOutcome[], failure?: LockstepError): RunEvent {
  return { type: 'finished', outcomes, exitCode: failure?.exitCode ?? 0, ...(failure ? { failure } : {}) };
}
const stderrOf = async (event: RunEvent, settings = {}) => (await play([event], settings)).stderr;

const HEADLINE =
  '2026-11-21 09:12:40 [FATAL] remote execution failed, because one of command has been exited with non-zero exit code (or timed out) at least on one node\n';
const refused = (node: Node, code = 'ECONNREFUSED') =>
  new LockstepError('unreachable', 'cannot connect: connection refused', {
    node,
    step: 'connect',
    causes: [systemError(`connect ${code} ${node.host}:22`)],
  });

/** As Node has them. */
function systemError(message: string): Error {
  const [syscall, code] = message.split(' ');
  return Object.assign(new Error(message), { syscall, code });
}

describe('log records', () => {
  test('tell a cause of several nodes once, and name the nodes once, at its top', async () => {
    const failed = (node: Node) => {
      const said = new LockstepError('auth', 'said so', { node });
      const causes = [new LockstepError('auth', 'cannot log in', { node, causes: [said] })];
      return new LockstepError('auth', 'does not let us in', { node, causes });
    };
    const event: RunEvent = { type: 'log', level: 'warn', message: 'no', causes: [failed(a), failed(b)] };
    expect(await stderrOf(event)).toBe(
      `2026-11-21 09:12:40  [WARN] no
                            └─ [root@a.example:22], [root@b.example:22] does not let us in
                               └─ cannot log in
                                  └─ said so
`,
    );
  });

  test('draw nested errors as the tree that scripts of orgalorg look for', async () => {
    const connections = new LockstepError('unreachable', 'connection to 2 of 3 nodes failed', {
      causes: [
        new LockstepError('unreachable', "can't connect to nodes", {
          causes: [refused(a), refused(b, 'EHOSTUNREACH')],
        }),
      ],
    });
    const event: RunEvent = {
      type: 'log',
      level: 'fatal',
      message: 'connecting to cluster failed',
      causes: [connections],
    };
    expect(await stderrOf(event)).toBe(
      `2026-11-21 09:12:40 [FATAL] connecting to cluster failed
                            └─ connection to 2 of 3 nodes failed
                               └─ can't connect to nodes
                                  ├─ can't connect to address: [root@a.example:22]
                                  │  └─ cannot connect: connection refused
                                  │     └─ connect ECONNREFUSED a.example:22
                                  │
                                  └─ can't connect to address: [root@b.example:22]
                                     └─ cannot connect: connection refused
                                        └─ connect EHOSTUNREACH b.example:22
`,
    );
    const body = `2026-11-21 09:12:40 [FATAL] connecting to cluster failed: connection to 2 of 3 nodes failed: can't connect to nodes: can't connect to address: [root@a.example:22]: cannot connect: connection refused: connect ECONNREFUSED a.example:22; can't connect to address: [root@b.example:22]: cannot connect: connection refused: connect EHOSTUNREACH b.example:22\n`;
    expect(JSON.parse(await stderrOf(event, { json: true }))).toEqual({
      body,
      host: null,
      node: null,
      stream: 'stderr',
    });
  });

  test('S10: remote text in a message can neither start a record nor move the cursor', async () => {
    const message = 'tool said: x\n2026-11-21 09:12:41 [ERROR] fake\x1b[2J\r';
    expect(await stderrOf({ type: 'log', level: 'warn', message })).toBe(
      `2026-11-21 09:12:40  [WARN] tool said: x\n${' '.repeat(28)}2026-11-21 09:12:41 [ERROR] fake^[[2J^M\n`,
    );
  });

  test('tell causes that differ only in their node once, with their nodes, and say how to see them all', async () => {
    // Names of which no two differ in a number alone.
    const many = Array.from({ length: 1000 }, (_, index) => makeNode(`web-${'x'.repeat(index)}.example`));
    const event: RunEvent = {
      type: 'log',
      level: 'error',
      message: 'no',
      causes: [refused(a, 'EHOSTUNREACH'), ...many.map((node) => refused(node))],
    };
    const names = (count: number) =>
      many
        .slice(0, count)
        .map((node) => node.id)
        .join(', ');
    const brief = await stderrOf(event);
    expect(brief).toContain(`├─ can't connect to address: ${names(5)} and 995 more (-v lists them)\n`);
    expect(brief).toContain('│     └─ connect ECONNREFUSED\n');
    expect(brief.split('\n')).toHaveLength(9);
    expect(await stderrOf(event, { verbose: 1 })).toContain(`can't connect to address: ${names(1000)}\n`);
  });

  test('name all of many nodes whose names count, as ranges', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => refused(makeNode(`web${index}.example`)));
    const event: RunEvent = { type: 'log', level: 'error', message: 'no', causes: many };
    expect(await stderrOf(event)).toContain("└─ can't connect to address: [root@web[0-999].example:22]\n");
  });

  test('end where causes form a circle, and do not repeat a cause that the message already holds', async () => {
    const circle = new Error('round');
    circle.cause = circle;
    expect(await stderrOf({ type: 'log', level: 'error', message: 'x', causes: [circle] })).toBe(
      `2026-11-21 09:12:40 [ERROR] x\n${' '.repeat(28)}└─ round\n`,
    );
    const inner = new Error('disk full');
    const outer = new LockstepError('upload-failed', 'no room: disk full', { node: a, causes: [inner] });
    expect(await stderrOf({ type: 'log', level: 'error', message: 'x', causes: [outer] })).toContain(
      '└─ [root@a.example:22] no room: disk full\n',
    );
  });

  test('show each level to those who asked for it, in its colour', async () => {
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
    const events = levels.map((level): RunEvent => ({ type: 'log', level, message: 'm' }));
    const shown = async (settings: object) =>
      [...(await play(events, settings)).stderr.matchAll(/\[([A-Z]+)\] m\n/g)].map(([, level]) =>
        level?.toLowerCase(),
      );
    expect(await shown({})).toEqual(levels.slice(2));
    expect(await shown({ verbose: 1 })).toEqual(levels.slice(1));
    expect(await shown({ verbose: 2 })).toEqual(levels);
    expect((await play(events, { color: 'always' })).stderr).toBe(
      [
        '\x1b[38;5;33m2026-11-21 09:12:40  [INFO] m\x1b[0m\n',
        '2026-11-21 09:12:40\x1b[1;38;5;231;48;5;178m  [WARN]\x1b[0m m\n',
        '2026-11-21 09:12:40\x1b[1;38;5;231;48;5;202m [ERROR]\x1b[0m m\n',
        '2026-11-21 09:12:40\x1b[1;38;5;231;48;5;196m [FATAL]\x1b[0m m\n',
      ].join(''),
    );
  });

  test.each([
    ['a terminal', 'auto', true, {}, true],
    ['no terminal', 'auto', false, {}, false],
    ['NO_COLOR', 'auto', true, { NO_COLOR: '1' }, false],
    ['a dumb terminal', 'auto', true, { TERM: 'dumb' }, false],
    ['NO_COLOR and CLICOLOR_FORCE', 'auto', true, { NO_COLOR: '1', CLICOLOR_FORCE: '1' }, false],
    ['an empty NO_COLOR', 'auto', true, { NO_COLOR: '' }, true],
    ['CLICOLOR_FORCE and no terminal', 'auto', false, { CLICOLOR_FORCE: '1' }, true],
    ['CLICOLOR=0', 'auto', true, { CLICOLOR: '0' }, false],
    ['--color always', 'always', false, { NO_COLOR: '1' }, true],
    ['--color never', 'never', true, {}, false],
  ] as const)('have colour with %s as expected', (_name, color, isTTY, environment, expected) => {
    expect(decideColour(color, { isTTY, environment })).toBe(expected);
  });

  test('count connections in the debug log', async () => {
    const events: RunEvent[] = [
      { type: 'phase', phase: 'connect', nodes: 2 },
      { type: 'node-done', phase: 'connect', node: a },
      { type: 'node-failed', phase: 'connect', node: b, error: refused(b) },
      { type: 'node-done', phase: 'exec', node: a },
    ];
    expect((await play(events, { verbose: 1 })).stderr).toBe(
      '2026-11-21 09:12:40 [DEBUG]    1/2 (0 failed) connection established: [root@a.example:22]\n' +
        '2026-11-21 09:12:40 [DEBUG]    1/2 (1 failed) connection failed: [root@b.example:22]\n',
    );
    expect((await play(events)).stderr).toBe('');
  });
});

describe('the report of a run', () => {
  const failed = new LockstepError('command-failed', 'exited with code 17', { node: a });

  test('is silent when all went well, or failures were tolerated', async () => {
    expect(await stderrOf(finished([exits(a, 0), ends(b, { kind: 'skipped', reason: 'unreachable' })]))).toBe(
      '',
    );
  });

  test('groups nodes by how they failed, the most common first', async () => {
    expect(
      await stderrOf(finished([exits(a, 1), exits(b, 17), exits(c, 17), exits(makeNode('d'), 0)], failed)),
    ).toBe(
      `${HEADLINE}                            └─ commands are failed on 3 out of 4 nodes
                               ├─ code 17 (2 nodes): [root@b.example:22], [root@c.example:22]
                               └─ code 1 (1 nodes): [root@a.example:22]
`,
    );
  });

  test('keeps the words of orgalorg when all nodes failed', async () => {
    expect(await stderrOf(finished([exits(a, 1), exits(b, 1)], failed), { quiet: true })).toBe(
      `${HEADLINE}                            └─ commands are failed on all 2 nodes
                               └─ code 1 (2 nodes): [root@a.example:22], [root@b.example:22]
`,
    );
  });

  test('tells every other way of ending apart', async () => {
    const outcomes = [
      ends(a, { kind: 'signal', signal: 'SIGKILL' }),
      ends(b, { kind: 'lost', reason: 'read ECONNRESET' }),
      ends(c, { kind: 'timed-out', afterMs: 5000 }),
      ends(makeNode('d'), { kind: 'skipped', reason: 'another node failed' }),
    ];
    expect(await stderrOf(finished(outcomes, failed))).toBe(
      `${HEADLINE}                            └─ commands are failed on 3 out of 4 nodes
                               ├─ killed by signal KILL (1 nodes): [root@a.example:22]
                               │
                               ├─ timed out after 5 s (1 nodes): [root@c.example:22]
                               │
                               ├─ not done, another node failed (1 nodes): [root@d:22]
                               │
                               └─ [root@b.example:22] failed to finish execution, unexpected error
                                  └─ read ECONNRESET
`,
    );
  });

  test('names each refusal once, and ends with what to try', async () => {
    const error = refused(b);
    const failure = new LockstepError('unreachable', 'connecting to cluster failed', { causes: [error] });
    const outcomes = [ends(a, { kind: 'ok' }), ends(b, { kind: 'refused', error })];
    expect(await stderrOf(finished(outcomes, failure))).toBe(
      `2026-11-21 09:12:40 [FATAL] connecting to cluster failed
                            └─ can't connect to address: [root@b.example:22]
                               └─ cannot connect: connection refused
                                  └─ connect ECONNREFUSED b.example:22
                            hint: check the name, the port and that sshd runs there; -w goes on without such nodes
`,
    );
  });
});

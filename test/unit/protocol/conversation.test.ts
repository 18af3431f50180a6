import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { ToolConversation } from '../../../src/protocol/conversation.ts';

const prefix = 'ORGALORG:77';

function nodeCalled(host: string): Node {
  return { id: nodeId('u', host, 22), user: 'u', host, port: 22, given: host };
}

/** A session whose timer and deferred work run when the test says so. */
function setUp(hosts: readonly string[], emitted?: () => Promise<void> | undefined) {
  const nodes = hosts.map(nodeCalled);
  const events: string[] = [];
  const written = new Map(hosts.map((host) => [host, [] as string[]]));
  const deferred: (() => void)[] = [];
  let timer: (() => void) | undefined;
  const hear = (event: RunEvent) => {
    events.push(describeEvent(event));
    return emitted?.();
  };
  const session = new ToolConversation({
    nodes,
    prefix,
    barrierTimeoutMs: 600_000,
    rollbackGraceMs: 60_000,
    tell: (event) => void hear(event),
    output: hear,
    endTools: (ended) => events.push(`end ${ended.map((node) => node.host).join(' ')}`),
    startTimer: (callback) => {
      timer = callback;
      return () => {
        timer = undefined;
      };
    },
    defer: (callback) => deferred.push(callback),
  });
  const node = (host: string) => nodes[hosts.indexOf(host)] as Node;
  return {
    session,
    events,
    written,
    node,
    start: (host: string, write = async (text: string) => void written.get(host)?.push(text)) =>
      session.started(node(host), write),
    print: (host: string, text: string) => session.stdout(node(host), Buffer.from(text)),
    flush: () => {
      for (const callback of deferred.splice(0)) callback();
    },
    fireTimer: () => timer?.(),
    hasTimer: () => timer !== undefined,
  };
}

function describeEvent(event: RunEvent): string {
  if (event.type === 'output') return `${event.node.host}: ${event.chunk}`;
  return event.type === 'node-failed' ? `failed ${event.error.node?.id} ${event.error.message}` : event.type;
}

describe('a protocol session', () => {
  it('carries two tools through a barrier, in one write for all that waits', async () => {
    const run = setUp(['a', 'b']);
    run.start('a');
    run.start('b');
    run.flush();
    expect(run.written.get('b')).toEqual([
      `${prefix} HELLO\n${prefix} NODE [u@a:22]\n${prefix} NODE [u@b:22] CURRENT\n${prefix} START\n`,
    ]);
    run.print('a', `copied\n${prefix} SYNC ready\n`);
    run.print('b', `${prefix} SYNC ready\nlast words`);
    await Promise.resolve();
    run.flush();
    const opened = `${prefix} SYNC [u@a:22] ready\n${prefix} SYNC [u@b:22] ready\n`;
    expect(run.written.get('a')?.at(-1)).toBe(opened);
    expect(run.written.get('b')?.at(-1)).toBe(opened);
    await run.session.ended(run.node('a'), { kind: 'code', code: 0 });
    await run.session.ended(run.node('b'), { kind: 'code', code: 0 });
    expect(await run.session.finished).toEqual([]);
    expect(run.events).toEqual(['a: copied\n', 'b: last words']);
    expect(run.hasTimer()).toBe(false);
  });

  it('does not pass a SYNC on before the output that came before it was taken', async () => {
    let take = () => {};
    const run = setUp(
      ['a', 'b'],
      () =>
        new Promise((resolve) => {
          take = resolve;
        }),
    );
    run.start('a');
    run.start('b');
    run.flush();
    const held = run.print('a', `slow terminal\n${prefix} SYNC ready\n`);
    const next = run.print('a', `${prefix} SYNC next\n`);
    run.flush();
    expect(run.written.get('b')).toHaveLength(1);
    take();
    await Promise.all([held, next]);
    run.flush();
    expect(run.written.get('b')?.at(-1)).toBe(
      `${prefix} SYNC [u@a:22] ready\n${prefix} SYNC [u@a:22] next\n`,
    );
  });

  it('S11: a tool that never reads fails alone, and its queue stays within its bound', async () => {
    const run = setUp(['a', 'b']);
    run.start('a');
    run.start('b', () => new Promise(() => {}));
    const text = 'x'.repeat(4_000);
    for (let count = 0; count < 400; count += 1) {
      run.print('a', `${prefix} SYNC ${text}\n`);
      run.flush();
      // The writes of tool a are taken at once, those of tool b never.
      await Promise.resolve();
    }
    const [ended, failed] = run.events;
    expect(run.events).toHaveLength(2);
    expect(ended).toBe('end b');
    expect(failed).toMatch(/^failed \[u@b:22\] left more than \d+ bytes of messages unread$/);
    await run.session.ended(run.node('b'), { kind: 'signal', signal: 'TERM' });
    run.print('a', `${prefix} WATCH\n`);
    run.flush();
    expect(run.written.get('a')?.at(-1)).toMatch(/^\S+ LOST \[u@b:22\] left more than \d+ bytes [^\n]*\n$/);
  });

  it('S11: an endless protocol line is cut off and fails its tool', () => {
    const run = setUp(['a', 'b']);
    run.start('a');
    run.start('b');
    run.print('a', `${prefix} SYNC ${'x'.repeat(LIMITS.protocolLineBytesMax)}`);
    expect(run.events).toEqual([
      'end a',
      `failed [u@a:22] sent a protocol line of more than ${LIMITS.protocolLineBytesMax} bytes`,
    ]);
  });

  it('ends the tools that have not undone their work in time, and tells every failure, the cause first', async () => {
    const run = setUp(['a', 'b', 'c']);
    for (const host of ['a', 'b', 'c']) run.start(host);
    await run.session.ended(run.node('b'), { kind: 'code', code: 3 });
    await run.session.ended(run.node('c'), { kind: 'lost', reason: 'connection reset' });
    run.fireTimer();
    expect(run.events.at(-1)).toBe('end a');
    await run.session.ended(run.node('a'), { kind: 'signal', signal: 'TERM' });
    const failures = await run.session.finished;
    expect(failures.map(({ code, node, message }) => [code, `${node?.id} ${message}`])).toEqual([
      ['protocol-failed', '[u@b:22] exited with code 3'],
      ['connection-lost', '[u@c:22] was lost: connection reset'],
      ['protocol-failed', '[u@a:22] was still at work 60 s after the failure'],
    ]);
    expect(failures[0]?.node).toBe(run.node('b'));
  });

  it('tells a tool that watches who has ended and how, in one write for all, and shows nobody that it asked', async () => {
    const run = setUp(['a', 'b', 'c', 'd']);
    for (const host of ['a', 'b', 'c', 'd']) run.start(host);
    run.print('a', `copied\n${prefix} WATCH\n${prefix} WATCH\n`);
    run.flush();
    await run.session.ended(run.node('b'), { kind: 'code', code: 0 });
    await run.session.ended(run.node('c'), { kind: 'code', code: 3 });
    run.flush();
    expect(run.written.get('a')?.slice(1)).toEqual([
      `${prefix} DONE [u@b:22] 0\n${prefix} LOST [u@c:22] exited with code 3\n`,
    ]);
    expect(run.written.get('d')).toHaveLength(1);
    expect(run.events).toEqual(['a: copied\n', 'failed [u@c:22] exited with code 3']);
  });

  it('a tool that did not ask sees no new line when the run fails, and is ended when its time is over', async () => {
    const run = setUp(['a', 'b', 'c']);
    for (const host of ['a', 'b', 'c']) run.start(host);
    run.print('a', `${prefix} SYNC ready\n${prefix} WATCH this\n`);
    await run.session.ended(run.node('b'), { kind: 'code', code: 3 });
    await run.session.ended(run.node('c'), { kind: 'lost', reason: 'connection reset' });
    run.flush();
    const lines = run.written.get('a')?.join('').trimEnd().split('\n') ?? [];
    expect(lines.map((line) => line.split(' ')[1])).toEqual([
      'HELLO',
      'NODE',
      'NODE',
      'NODE',
      'START',
      'SYNC',
    ]);
    expect(run.events[0]).toBe(`a: ${prefix} WATCH this\n`);
    run.fireTimer();
    expect(run.events.at(-1)).toBe('end a');
  });

  it('writes nothing and waits for nothing once it is closed', async () => {
    const run = setUp(['a', 'b']);
    run.start('a');
    run.start('b');
    await run.session.ended(run.node('b'), { kind: 'code', code: 1 });
    run.session.close();
    run.flush();
    expect(run.written.get('a')).toEqual([]);
    expect(run.hasTimer()).toBe(false);
  });
});

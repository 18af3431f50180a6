// @module-tag slow: left out of npm run test:quick
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BarrierEvent } from '../../../src/protocol/barrier-state.ts';
import {
  parseDone,
  parseHello,
  parseLost,
  parseNode,
  parseStart,
  parseSync,
} from '../../../src/protocol/messages.ts';
import { often } from '../../often.ts';
import { prefix, Run } from './barrier-run.ts';

describe('the barrier', () => {
  it('holds its promises in whatever order tools start, speak, watch, misbehave, end and time out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat()), (count, choices) => {
        play(new Run(Array.from({ length: count }, (_, at) => `[u@n${at}:22]`)), choices);
      }),
      { numRuns: often(1500) },
    );
  });
});

/** Plays one run to its end, with every choice taken from a seeded stream, and checks it after each event. */
function play(run: Run, choices: Iterator<number>): void {
  const choose = (count: number) => (choices.next().value as number) % count;
  const ended = new Set<string>();
  const watching = new Set<string>();
  for (let turn = 0; run.state.phase !== 'ended'; turn += 1) {
    const node = run.nodes[choose(run.nodes.length)] ?? '';
    // After 60 turns nothing more is said: armed timers fire, and tools end.
    const event = turn > 60 ? lastEvent(run, ended) : randomEvent(node, choose);
    const { phase } = run.state;
    const effects = run.take(event);
    if (event.type === 'watch' && phase !== 'starting') watching.add(event.node);
    for (const effect of effects) {
      if (effect.type !== 'send') continue;
      for (const receiver of effect.nodes) expect(ended).not.toContain(receiver);
      const message = parseSync(prefix, effect.text.trimEnd());
      if (message === undefined) continue;
      expect(event).toMatchObject({ type: 'sync', ...message });
      // Whoever watches knows by now of the same tools that are gone: all decide alike.
      for (const receiver of effect.nodes.filter((name) => watching.has(name))) {
        expect(endingsToldTo(run, receiver)).toEqual(run.state.endings.split('\n').slice(0, -1));
      }
    }
    for (const { node: gone, status } of run.state.tools) if (status === 'ended') ended.add(gone);
    expect(turn).toBeLessThan(100);
  }
  checkMessages(run, watching);
  expect(run.effects.filter((effect) => effect.type === 'finish')).toHaveLength(1);
  expect(run.effects.at(-1)).toEqual({ type: 'finish' });
  expect(new Set(run.failures.map((failure) => failure.node)).size).toBe(run.failures.length);
}

function randomEvent(node: string, choose: (count: number) => number): BarrierEvent {
  const reason = 'exited with code 1';
  const kind = choose(27);
  if (kind < 8) return { type: 'started', node };
  if (kind < 17) return { type: 'sync', node, description: `text ${choose(3)}` };
  if (kind < 19) return { type: 'sync', node, description: '[u@n0:22] forged' };
  if (kind < 21) return { type: 'ended', node, end: { kind: 'ok' } };
  if (kind < 22) return { type: 'ended', node, end: { kind: choose(2) === 0 ? 'failed' : 'lost', reason } };
  if (kind < 23) return { type: 'broke-protocol', node, reason: 'sent too much' };
  if (kind < 26) return { type: 'watch', node };
  return { type: 'timeout', timeout: choose(2) === 0 ? 'barrier' : 'rollback' };
}

function lastEvent(run: Run, ended: ReadonlySet<string>): BarrierEvent {
  const { timeout } = run.state;
  if (timeout !== undefined) return { type: 'timeout', timeout };
  const node = run.nodes.find((name) => !ended.has(name)) ?? '';
  return { type: 'ended', node, end: { kind: 'failed', reason: 'was ended by KILL' } };
}

/** What every tool was told follows the grammar, and is one and the same sequence for all, as far as each lived. */
function checkMessages(run: Run, watching: ReadonlySet<string>): void {
  const heard = run.nodes.map((node) => {
    const lines = run.told.get(node) ?? [];
    const start = lines.findIndex((line) => parseStart(prefix, line));
    const introduction = start < 0 ? lines.slice(0, 1) : lines.slice(0, start);
    if (lines.length > 0) expect(parseHello(lines[0] ?? '')).toBe(prefix);
    if (start >= 0) {
      const names = introduction.slice(1).map((line) => parseNode(prefix, line));
      expect(names).toEqual(run.nodes.map((name) => ({ node: name, isCurrent: name === node })));
    }
    const rest = lines.slice(start < 0 ? 1 : start + 1);
    for (const line of rest) {
      const message = parseSync(prefix, line) ?? parseLost(prefix, line) ?? parseDone(prefix, line);
      expect(run.nodes).toContain(message?.node);
      if (!watching.has(node)) expect(parseSync(prefix, line)).toBeDefined();
      if (start < 0) expect(parseSync(prefix, line)).toBeUndefined();
    }
    return rest.filter((line) => parseSync(prefix, line) !== undefined);
  });
  const longest = heard.reduce((one, other) => (other.length > one.length ? other : one), []);
  for (const lines of heard) expect(lines).toEqual(longest.slice(0, lines.length));
}

/** LOST and DONE lines. The first LOST tells the cause, and a node has at most one of each. */
function endingsToldTo(run: Run, node: string): string[] {
  const lines = run.told.get(node) ?? [];
  const lost = lines.flatMap((line) => parseLost(prefix, line)?.node ?? []);
  const done = lines.flatMap((line) => parseDone(prefix, line)?.node ?? []);
  expect(lost[0]).toBe(lost.length === 0 ? undefined : run.failures[0]?.node);
  for (const names of [lost, done]) expect(new Set(names).size).toBe(names.length);
  return lines.filter((line) => parseLost(prefix, line) ?? parseDone(prefix, line));
}

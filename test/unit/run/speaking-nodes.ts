/** Connections to nodes that say what they are told to say, and a clock that lets time pass when nothing else happens. */
import type { Clock } from '../../../src/core/clock.ts';
import type { Node } from '../../../src/core/node.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import type { Connection } from '../../../src/ssh/transport.ts';
import { readBoot } from '../../simulation/boot-reader.ts';

/** What a node was asked: `lockstep-keeper`, `lockstep-status` or `lockstep-break`, with the words that all may see. */
export interface Question {
  readonly host: string;
  readonly name: string;
  readonly words: readonly string[];
  /** Behind the secret on the first line. */
  readonly start: string;
  /** How often this node was asked for this, from 1. */
  readonly time: number;
  readonly command: string;
}

export const ACQUIRED = ['ACQUIRED 7:7'];
export const FREE = ['FLOCK free'];

/** A holder's line as a node says it. */
export function holderLine({
  run = 'other',
  who = 'bob@ctl',
  path = '/',
  kind = 'x',
  reason = '',
} = {}): string {
  return ['HOLDER', 7, who, run, '2026-01-01T00:00:00Z', path, reason, '-C tail', '1', kind].join('\t');
}

/** `answer` gives the lines, without the secret; one that gives none ends without a word. */
export function speakingNodes(nodes: readonly Node[], answer: (question: Question) => readonly string[]) {
  const asked: Question[] = [];
  const connections = nodes.map((node): Connection => {
    const exec: Connection['exec'] = async (command, { onStdout }) => {
      let settle: (result: ChannelResult) => void = () => {};
      const result = new Promise<ChannelResult>((resolve) => {
        settle = resolve;
      });
      const end = () => settle({ kind: 'code', code: 0 });
      let input = '';
      let isAnswered = false;
      const write = async (chunk: Uint8Array | string) => {
        input += Buffer.from(chunk as string).toString();
        const boot = readBoot(input);
        if (isAnswered || boot === undefined || !boot.rest.includes('\n')) return;
        isAnswered = true;
        const [name = '', ...words] = boot.words;
        const [token = '', ...start] = boot.rest.trim().split(' ');
        const time = asked.filter((one) => one.host === node.host && one.name === name).length + 1;
        const question = { host: node.host, name, words, start: start.join(' '), time, command };
        asked.push(question);
        const lines = answer(question).map((line) => `${token} ${line}\n`);
        if (lines.length > 0) void onStdout(Buffer.from(lines.join('')));
        // A keeper that has the lock stays.
        if (name !== 'lockstep-keeper' || lines.length === 0 || !lines.join('').includes('ACQUIRED')) end();
      };
      return { write, end, close: end, result };
    };
    return { node, closed: new Promise(() => {}), exec, close: async () => {} };
  });
  return { connections, asked };
}

/** Goes to its next timer whenever nothing else is left to do in a turn. */
export class HastyClock implements Clock {
  nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  #isTurning = false;

  monotonicMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.add(timer);
    this.#turn();
    return () => void this.#timers.delete(timer);
  }

  afterPendingInput(callback: () => void): void {
    setImmediate(callback);
  }

  #turn(): void {
    if (this.#isTurning || this.#timers.size === 0) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      const [next] = [...this.#timers].sort((one, other) => one.atMs - other.atMs);
      if (next !== undefined) {
        this.#timers.delete(next);
        this.nowMs = Math.max(this.nowMs, next.atMs);
        next.callback();
      }
      this.#turn();
    });
  }
}

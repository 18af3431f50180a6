// @module-tag slow: left out of npm run test:quick
import { describe, expect, it } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { ToolConversation } from '../../../src/protocol/conversation.ts';

const prefix = 'ORGALORG:77';

/** A thousand tools in memory, in a time that passes when the test says so. */
class Crowd {
  writes = 0;
  nowMs = 0;
  readonly nodes: readonly Node[] = Array.from({ length: 1000 }, (_, at) => {
    const host = `node-${at}`;
    return { id: nodeId('root', host, 22), user: 'root', host, port: 22, given: host };
  });
  readonly heard = new Map<Node, string>();
  readonly session: ToolConversation;
  #deferred: (() => void)[] = [];
  #timers: { callback: () => void; atMs: number }[] = [];

  constructor() {
    this.session = new ToolConversation({
      nodes: this.nodes,
      prefix,
      barrierTimeoutMs: 600_000,
      rollbackGraceMs: 60_000,
      tell() {},
      output() {},
      endTools: () => {},
      startTimer: (callback, afterMs) => {
        const timer = { callback, atMs: this.nowMs + afterMs };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
      defer: (callback) => this.#deferred.push(callback),
    });
    for (const node of this.nodes) {
      this.session.started(node, async (text) => {
        this.writes += 1;
        this.heard.set(node, (this.heard.get(node) ?? '') + text);
      });
    }
  }

  say(node: Node, text: string): void {
    void this.session.stdout(node, Buffer.from(`${prefix} SYNC ${text}\n`));
  }

  /** One turn of the event loop, so many milliseconds later. */
  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs);
    for (const { callback } of due) callback();
    for (const callback of this.#deferred.splice(0)) callback();
    await new Promise(setImmediate);
  }

  lines(node: Node, text: string): number {
    return this.heard.get(node)?.split(` ${text}\n`).length ?? 0;
  }
}

describe('a barrier of a thousand tools', () => {
  it('costs three writes a tool when all speak at once', async () => {
    const crowd = new Crowd();
    await crowd.pass(0);
    expect(crowd.writes).toBe(1000);
    for (const text of ['one', 'two']) {
      for (const node of crowd.nodes) crowd.say(node, text);
      await crowd.pass(0);
    }
    expect(crowd.writes).toBe(3000);
    for (const node of crowd.nodes) expect(crowd.lines(node, 'two') - 1).toBe(1000);
  });

  it('costs five rounds of writes a second, and not one for each word, when one after the other speaks', async () => {
    const crowd = new Crowd();
    for (const node of crowd.nodes) {
      await crowd.pass(10);
      crowd.say(node, 'one');
    }
    expect(crowd.nowMs).toBe(10_000);
    expect(crowd.writes).toBeLessThanOrEqual(1000 * (1 + 50));
    expect(crowd.writes).toBeGreaterThan(1000 * 40);
  });

  it('S11: lets no more than a bound wait for a tool between two rounds', async () => {
    const crowd = new Crowd();
    await crowd.pass(1);
    const chatty = crowd.nodes[0] as Node;
    const word = 'x'.repeat(4000);
    for (let count = 0; count < 60; count += 1) crowd.say(chatty, word);
    await crowd.pass(0);
    expect(crowd.writes).toBe(1000);
    for (let count = 0; count < 10; count += 1) crowd.say(chatty, word);
    await crowd.pass(0);
    expect(crowd.writes).toBe(2000);
  });

  it('opens for all as soon as the last has spoken', async () => {
    const crowd = new Crowd();
    await crowd.pass(1);
    for (const node of crowd.nodes.slice(1)) crowd.say(node, 'one');
    await crowd.pass(1);
    const last = crowd.nodes[0] as Node;
    expect(crowd.lines(last, 'one') - 1, 'while the others rest after START').toBe(0);
    crowd.say(last, 'one');
    await crowd.pass(0);
    for (const node of crowd.nodes) expect(crowd.lines(node, 'one') - 1).toBe(1000);
  });
});

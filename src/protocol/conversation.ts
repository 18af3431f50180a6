/**
 * Drives the barrier of one run: tools' bytes and ends go in, protocol lines and ordinary output come out.
 * Opens no channels and owns no clock: the caller binds both.
 */

import type { LockstepError } from '../core/errors.ts';
import type { PassOn, Tell } from '../core/events.ts';
import { inTurn } from '../core/in-turn.ts';
import { LIMITS } from '../core/limits/limits.ts';
import type { Node } from '../core/node.ts';
import type { ChannelResult } from '../core/outcome.ts';
import { createBarrier, isEven, step } from './barrier.ts';
import type { BarrierEffect, BarrierEvent, BarrierState, ToolFailure } from './barrier-state.ts';
import { type ToolItem, ToolLineReader } from './line-reader.ts';
import { formatNode } from './messages.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import { toolEnd, toolError } from './tool-end.ts';
import { ToolQueue } from './tool-queue.ts';

export interface ConversationOptions extends OutboxOptions {
  /** In the order in which the tools are told of them. */
  readonly nodes: readonly Node[];
  /** From `formatPrefix`. */
  readonly prefix: string;
  readonly barrierTimeoutMs: number;
  readonly rollbackGraceMs: number;
  /** Hears `node-failed` of each failure when it happens. */
  readonly tell: Tell;
  /** Gets the tools' ordinary output. */
  readonly output: PassOn;
  /** A tool's SYNC, before any tool is told of it. */
  onSync?(node: Node, description: string): void;
  /** Has the keepers end the tools on these nodes. Each of them is still reported by `ended`. */
  endTools(nodes: readonly Node[]): void;
}

interface Member {
  readonly node: Node;
  readonly reader: ToolLineReader;
  queue: ToolQueue | undefined;
  /** Output that the terminal has not taken yet. */
  held: Promise<void> | undefined;
  /** The tool has said `SYNC failed WHY`: it now takes back what it did, and exits. */
  whyFailed: string | undefined;
  /** The tool has said `SYNC undone`: it has taken back what it did. */
  hasUndone: boolean;
}

export class ToolConversation {
  /** Settles when every tool has ended, with the failures, the cause first. Never rejects. */
  readonly finished: Promise<readonly LockstepError[]>;
  readonly #options: ConversationOptions;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #queueBytesMax: number;
  readonly #causes: LockstepError[] = [];
  readonly #failures: LockstepError[] = [];
  readonly #outbox: Outbox;
  #state: BarrierState;
  #finish: (failures: readonly LockstepError[]) => void = () => {};
  #cancelTimer = () => {};

  constructor(options: ConversationOptions) {
    const { nodes, prefix, barrierTimeoutMs, rollbackGraceMs } = options;
    const ids = nodes.map((node) => node.id);
    this.#options = options;
    this.#outbox = new Outbox(options);
    this.#members = new Map(
      nodes.map((node) => [
        node.id,
        {
          node,
          reader: new ToolLineReader(prefix),
          queue: undefined,
          held: undefined,
          whyFailed: undefined,
          hasUndone: false,
        },
      ]),
    );
    this.#state = createBarrier({ prefix, nodes: ids, barrierTimeoutMs, rollbackGraceMs });
    // A tool at work may read late: beyond the bound its outbox still takes the node list, a word from each node, and its end.
    const nodeListBytes = ids.reduce((sum, id) => sum + formatNode(prefix, id, false).length + 1, 0);
    this.#queueBytesMax = LIMITS.protocolQueueBytesMax + 3 * nodeListBytes;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** The tool on this node runs; `write` is its stdin, which must stay open until the tool has ended. */
  started(node: Node, write: (text: string) => Promise<void>): void {
    this.#memberOn(node.id).queue = new ToolQueue(write, this.#queueBytesMax);
    this.#take({ type: 'started', node: node.id });
  }

  /** Bytes of the tool's stdout. A returned promise asks to hold the node back until it resolves. */
  stdout(node: Node, chunk: Buffer): void | Promise<void> {
    const member = this.#memberOn(node.id);
    return this.#takeInOrder(member, member.reader.read(chunk));
  }

  /** The tool has ended and its last byte was given to `stdout`; or it could not be started (`lost`). */
  async ended(node: Node, result: ChannelResult): Promise<void> {
    const member = this.#memberOn(node.id);
    await this.#takeInOrder(member, member.reader.end());
    member.queue?.close();
    this.#take({ type: 'ended', node: node.id, end: toolEnd(result) });
  }

  /** Whether its tool has said that it only ended because another one failed. */
  isFollower(node: Node): boolean {
    const { hasUndone, whyFailed } = this.#memberOn(node.id);
    return hasUndone && whyFailed === undefined;
  }

  /** The run is given up: no timer fires and nothing is written any more. */
  close(): void {
    this.#cancelTimer();
    this.#outbox.close();
    for (const member of this.#members.values()) member.queue?.close();
  }

  /** A node's items one after the other, so that its SYNC comes after what it printed before. */
  #takeInOrder(member: Member, items: readonly ToolItem[]): void | Promise<void> {
    const held = member.held
      ? member.held.then(() => this.#takeItems(member.node, items))
      : this.#takeItems(member.node, items);
    if (held === undefined) return;
    member.held = held;
    return held.then(() => {
      if (member.held === held) member.held = undefined;
    });
  }

  #takeItems(node: Node, items: readonly ToolItem[]): void | Promise<void> {
    for (const [position, item] of items.entries()) {
      const held = this.#takeItem(node, item);
      if (held) return held.then(() => this.#takeItems(node, items.slice(position + 1)));
    }
  }

  #takeItem(node: Node, item: ToolItem): void | Promise<void> {
    switch (item.type) {
      case 'output':
        return this.#options.output({ type: 'output', node, stream: 'stdout', chunk: item.chunk });
      case 'sync':
        this.#note(this.#memberOn(node.id), item.description);
        return this.#take({ type: 'sync', node: node.id, description: item.description });
      case 'watch':
        return this.#take({ type: 'watch', node: node.id });
      case 'overlong': {
        const reason = `sent a protocol line of more than ${LIMITS.protocolLineBytesMax} bytes`;
        return this.#take({ type: 'broke-protocol', node: node.id, reason });
      }
    }
  }

  /** The words that tools have for a failure. */
  #note(member: Member, description: string): void {
    member.whyFailed ??= /^failed (.+)/s.exec(description)?.[1];
    member.hasUndone ||= description === 'undone';
    this.#options.onSync?.(member.node, description);
  }

  /** Effects may cause events; these wait until the effects before them are carried out. */
  readonly #take = inTurn((event: BarrierEvent) => {
    const { state, effects } = step(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (event.type === 'sync' && isEven(state)) this.#outbox.hurry();
  });

  #carryOut(effect: BarrierEffect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect.nodes, effect.text);
        break;
      case 'fail':
        this.#fail(effect.failure);
        break;
      case 'arm':
        this.#cancelTimer();
        this.#cancelTimer = this.#options.startTimer(
          () => this.#take({ type: 'timeout', timeout: effect.timeout }),
          effect.afterMs,
        );
        break;
      case 'disarm':
        this.#cancelTimer();
        break;
      case 'end':
        this.#options.endTools(effect.nodes.map((id) => this.#memberOn(id).node));
        break;
      case 'finish':
        this.#finish([...this.#causes, ...this.#failures]);
        break;
      default:
        effect satisfies never;
    }
  }

  #send(nodes: readonly string[], text: string): void {
    // Characters, for that many bytes: to count these would make whole texts of a thousand that share their parts.
    const bytes = text.length;
    for (const node of nodes) {
      const { queue } = this.#memberOn(node);
      if (queue === undefined) continue;
      if (queue.push(text, bytes)) {
        this.#outbox.add(queue);
      } else {
        queue.close();
        const reason = `left more than ${this.#queueBytesMax} bytes of messages unread`;
        this.#take({ type: 'broke-protocol', node, reason });
      }
    }
  }

  #fail(failure: ToolFailure): void {
    const { node, whyFailed } = this.#memberOn(failure.node);
    const error = toolError(failure, node, whyFailed);
    // A tool that failed waits for the others to undo, so it is often not the first to exit.
    (whyFailed === undefined ? this.#failures : this.#causes).push(error);
    this.#options.tell({ type: 'node-failed', phase: 'exec', node, error });
  }

  #memberOn(id: string): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new Error(`${id} is no node of this run`);
    return member;
  }
}

/** A connection that a process of ssh, the master, holds; commands share it. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { cut } from '../cut.ts';
import type { Channel, ChannelSinks, Connection } from '../transport.ts';
import { channelArguments } from './arguments.ts';
import { OpensshChannel } from './channel.ts';
import type { Guard } from './guard.ts';
import { complaint, SshLog } from './log.ts';
import type { Master } from './master.ts';
import { polled } from './polled.ts';

export interface ConnectionParts {
  readonly node: Node;
  readonly master: Master;
  readonly socket: string;
  readonly guard: Guard;
  readonly execTimeoutMs: number;
  readonly clock: Clock;
  /** The variables that SendEnv names. */
  readonly sent: Readonly<Record<string, string>>;
}

export class OpensshConnection implements Connection {
  readonly node: Node;
  readonly closed: Promise<string>;
  readonly #parts: ConnectionParts;
  readonly #channels = new Set<OpensshChannel>();
  #endReason: string | undefined;

  constructor(parts: ConnectionParts) {
    this.node = parts.node;
    this.#parts = parts;
    this.closed = parts.master.ended.then((reason) => {
      this.#endReason ??= reason;
      return this.#endReason;
    });
  }

  async exec(command: string, sinks: ChannelSinks): Promise<Channel> {
    if (this.#endReason !== undefined) throw this.#lost();
    const { node, socket, guard, sent, execTimeoutMs, clock } = this.#parts;
    const log = new SshLog(guard.path());
    const words = channelArguments(node, { socket, log: log.path }, { command, sent: Object.keys(sent) });
    const child = spawn('ssh', words, { stdio: 'pipe', detached: true, env: { ...process.env, ...sent } });
    let failure: Error | undefined;
    child.on('error', (error) => {
      failure = error;
    });
    let isOver = false;
    child.once('exit', () => {
      isOver = true;
    });
    const lossReason = () =>
      Promise.race([this.closed, sleep(LIMITS.closeGraceMs, undefined, { ref: false })]);
    const channel = new OpensshChannel({ child, log, sinks, lossReason });
    this.#channels.add(channel);
    void channel.result.then(() => this.#channels.delete(channel));
    let [said, hasStarted] = ['', false];
    const look = () => {
      const wasOver = isOver || failure !== undefined;
      said = log.text();
      hasStarted = /^debug\d: .*master session id: \d+/m.test(said);
      return hasStarted || wasOver;
    };
    await polled(look, { clock, timeoutMs: execTimeoutMs });
    if (hasStarted) return channel;
    channel.close();
    throw await this.#refusal(said, failure, lossReason);
  }

  async close(): Promise<void> {
    this.#endReason ??= 'lockstep closed the connection';
    for (const channel of this.#channels) channel.close();
    await this.#parts.master.end('SIGTERM');
  }

  async #refusal(
    said: string,
    failure: Error | undefined,
    lossReason: () => Promise<string | undefined>,
  ): Promise<LockstepError> {
    const { node } = this;
    if (failure !== undefined) {
      return new LockstepError('channel', `ssh cannot be started: ${failure.message} (channel)`, { node });
    }
    const refused = /session request failed: (.*)/.exec(said)?.[1];
    if (refused !== undefined) {
      // As with ssh2 (RFC 4254): the server cannot open a channel, but a second connection may have room.
      const cause = Object.assign(new Error(refused.trim()), { reason: 2 });
      return new LockstepError('channel', `the server refused a session: ${cut(refused.trim())} (channel)`, {
        node,
        causes: [cause],
      });
    }
    if ((await lossReason()) !== undefined) return this.#lost();
    const words = complaint(said);
    const text = words === '' ? 'ssh did not start a command' : `ssh did not start a command: ${cut(words)}`;
    return new LockstepError('channel', `${text} (channel)`, { node });
  }

  #lost(): LockstepError {
    return new LockstepError(
      'connection-lost',
      `cannot start a command: ${this.#endReason ?? 'the connection broke'}`,
      { node: this.node },
    );
  }
}

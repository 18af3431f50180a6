/**
 * Jump hosts: all nodes behind one share a connection to it, up to a bound; then it gets another connection. They are
 * set up one after the other: of logins under way at the same time a server drops some (MaxStartups).
 */
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { BeyondError } from '../beyond.ts';
import { type Bastion, type JumpTarget, openJumpChannel } from './jump-channel.ts';
import type { PipedWire } from './piped-wire.ts';

/** Logs in to the last of these hosts, through those before it. */
export type ConnectBastion = (hops: readonly Node[], signal: AbortSignal) => Promise<Bastion>;

/** A place on a connection to a jump host, for as long as a node behind it needs it. */
export interface Seat {
  open(target: JumpTarget): Promise<PipedWire>;
  /** The last one to leave closes the connection, and waits for that. */
  leave(): Promise<void>;
}

export class Bastions {
  readonly #connect: ConnectBastion;
  readonly #pools = new Map<string, Pool>();

  constructor(connect: ConnectBastion) {
    this.#connect = connect;
  }

  keysAccepted(): void {
    for (const pool of this.#pools.values()) pool.forgetUnknownKey();
  }

  /** Rejects when the jump host cannot be used: it finds the reason once, for all nodes behind it. */
  async seat(hops: readonly Node[], signal: AbortSignal): Promise<Seat> {
    const key = hops.map(({ id }) => id).join();
    const pool = this.#pools.get(key) ?? new Pool(() => this.#connect(hops, signal));
    this.#pools.set(key, pool);
    try {
      return await pool.seat();
    } catch (thrown) {
      throw ofJumpHost(thrown);
    }
  }
}

interface Link {
  readonly bastion: Bastion;
  seats: number;
}

class Pool {
  readonly #connect: () => Promise<Bastion>;
  #links: readonly Link[] = [];
  #opening: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #isFull = false;

  constructor(connect: () => Promise<Bastion>) {
    this.#connect = connect;
  }

  forgetUnknownKey(): void {
    const reason = this.#failure?.reason;
    if (reason instanceof LockstepError && reason.code === 'host-key-unknown') this.#failure = undefined;
  }

  async seat(): Promise<Seat> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const link = this.#freeLink();
      if (link !== undefined) return seatOn(link);
      this.#opening ??= this.#open().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
  }

  #freeLink(): Link | undefined {
    this.#links = this.#links.filter(({ bastion }) => bastion.lossReason() === undefined);
    const [least] = [...this.#links].sort((one, other) => one.seats - other.seats);
    return this.#isFull || (least?.seats ?? 0) < LIMITS.nodesPerJumpConnection ? least : undefined;
  }

  async #open(): Promise<void> {
    try {
      this.#links = [...this.#links, { bastion: await this.#connect(), seats: 0 }];
    } catch (reason) {
      // A host that takes no further connection carries all nodes on those that it has.
      this.#isFull = this.#links.length > 0;
      if (!this.#isFull) this.#failure = { reason };
    }
  }
}

function seatOn(link: Link): Seat {
  let hasLeft = false;
  link.seats += 1;
  return {
    open: (target) => openJumpChannel(link.bastion, target),
    leave: async () => {
      if (hasLeft) return;
      hasLeft = true;
      link.seats -= 1;
      if (link.seats === 0) await link.bastion.close();
    },
  };
}

/** Says that the jump host failed, and not the node behind it. An error of an earlier jump host already has its name. */
function ofJumpHost(thrown: unknown): unknown {
  if (!(thrown instanceof LockstepError) || thrown.node === undefined || thrown.code === 'bug') return thrown;
  const { code, message, causes, node, brief } = thrown;
  const name = (text: string) => `jump host ${node.id}: ${text}`;
  const details = {
    causes,
    hint: code === 'auth' ? AUTH_HINT : thrown.hint,
    brief: brief && { ...brief, text: name(brief.text) },
  };
  if (!(thrown instanceof BeyondError)) return new LockstepError(code, name(message), details);
  return new BeyondError(code, name(message), { ...details, lack: name(thrown.lack) });
}

const AUTH_HINT =
  'the login to a jump host is what ssh_config says of it (User, IdentityFile), or [user@]host of -J';

/** What the frames of a session carry, as values. Pure. */

import { ERRORS, type ErrorCode, LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { ChannelResult } from '../core/outcome.ts';

/** Both ends must have the same number: they may be of different releases. */
export const SESSION_PROTOCOL = 4;

/** The holder's first message to a call that joins. */
export interface Welcome {
  readonly protocol: number;
  /** The session's run id, and this call's below it. */
  readonly run: string;
  readonly call: string;
  readonly who: string;
  readonly since: string;
  readonly lockPath: string;
  readonly lockKind: 'exclusive' | 'shared';
  /** Between TERM and KILL: the session's lock sets the time, and its calls have no other. */
  readonly graceMs: number;
  /** A node's number is its place here. */
  readonly nodes: readonly Node[];
}

export function parseWelcome(payload: Buffer): Welcome {
  const welcome = JSON.parse(payload.toString()) as Partial<Welcome>;
  if (typeof welcome.protocol === 'number' && welcome.protocol !== SESSION_PROTOCOL) {
    throw new LockstepError('session-gone', 'the session was opened by another release of lockstep', {
      hint: 'join it with that release, or unset LOCKSTEP_SESSION',
    });
  }
  const { run, call, who, since, lockPath, lockKind, graceMs, nodes } = welcome;
  const areTexts = [run, call, who, since, lockPath].every((text) => typeof text === 'string');
  const isKnown = (lockKind === 'exclusive' || lockKind === 'shared') && typeof graceMs === 'number';
  if (areTexts && isKnown && Array.isArray(nodes) && nodes.every(isNode)) return welcome as Welcome;
  throw new LockstepError('bug', 'a welcome that is none');
}

function isNode(node: unknown): node is Node {
  if (typeof node !== 'object' || node === null) return false;
  const { id, user, host, port, given } = node as Partial<Node>;
  return [id, user, host, given].every((text) => typeof text === 'string') && typeof port === 'number';
}

/** A command for a node: a flag for sudo (u8), the node's number (u32), the text. */
export interface Request {
  readonly sudo: boolean;
  readonly node: number;
  readonly command: string;
}

export function formatRequest({ sudo, node, command }: Request): Buffer {
  const text = Buffer.from(command);
  const payload = Buffer.allocUnsafe(5 + text.length);
  payload.writeUInt8(sudo ? 1 : 0, 0);
  payload.writeUInt32BE(node, 1);
  text.copy(payload, 5);
  return payload;
}

export function parseRequest(payload: Buffer): Request {
  if (payload.length < 5) throw new LockstepError('bug', 'a request without its node');
  return {
    sudo: payload.readUInt8(0) === 1,
    node: payload.readUInt32BE(1),
    command: payload.toString('utf8', 5),
  };
}

/** Commands of a call wait, since servers have no channel left: on these nodes, by number, and for these calls with channels there. */
export interface Waits {
  readonly nodes: readonly number[];
  readonly calls: readonly string[];
}

/** An error on its way through the socket: enough for the same report and exit code. */
export interface Refused {
  readonly code: ErrorCode;
  readonly message: string;
}

export function formatError(error: LockstepError): string {
  return JSON.stringify({ code: error.code, message: error.message } satisfies Refused);
}

/** `node`: the node it happened on, if it was one. */
export function parseError(payload: Buffer, node?: Node): LockstepError {
  const { code, message } = JSON.parse(payload.toString()) as Refused;
  const details = node === undefined ? {} : { node };
  return new LockstepError(Object.hasOwn(ERRORS, code) ? code : 'bug', message, details);
}

export function parseResult(payload: Buffer): ChannelResult {
  return JSON.parse(payload.toString()) as ChannelResult;
}

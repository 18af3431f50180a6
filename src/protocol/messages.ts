/**
 * The messages of the sync protocol: one format and one parse function for each, for both sides of the wire.
 * Lines are without their newline here. Node names are node ids (`[user@host:port]`), which hold no blanks.
 */
import { LIMITS } from '../core/limits/limits.ts';

/**
 * What every protocol line of a run begins with: tools of orgalorg look for `ORGALORG:` and digits.
 * `randomBytes`: 16 bytes that no node can guess, since who knows the prefix may speak for its own node.
 */
export function formatPrefix(randomBytes: Uint8Array): string {
  const value = randomBytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return `ORGALORG:${value}`;
}

/** Controller → tool, first line: how a tool learns the prefix. */
export function formatHello(prefix: string): string {
  return `${prefix} HELLO`;
}

/** The prefix that the line announces; undefined where it is no HELLO. */
export function parseHello(line: string): string | undefined {
  return /^(ORGALORG:\d+) HELLO$/.exec(line)?.[1];
}

/** Controller → tool, one line for each node of the run; `isCurrent`: the line names the node that reads it. */
export function formatNode(prefix: string, node: string, isCurrent: boolean): string {
  return `${prefix} NODE ${node}${isCurrent ? CURRENT : ''}`;
}

/** What marks a node's own NODE line, with the blank before it. */
export const CURRENT = ' CURRENT';

export interface NodeMessage {
  readonly node: string;
  readonly isCurrent: boolean;
}

export function parseNode(prefix: string, line: string): NodeMessage | undefined {
  const name = textAfter(`${prefix} NODE `, line);
  if (name === undefined) return undefined;
  const isCurrent = name.endsWith(CURRENT);
  return { node: isCurrent ? name.slice(0, -CURRENT.length) : name, isCurrent };
}

/** Controller → tool: every tool has started and every node is named; work may begin. */
export function formatStart(prefix: string): string {
  return `${prefix} START`;
}

export function parseStart(prefix: string, line: string): boolean {
  return line === formatStart(prefix);
}

export interface SyncMessage {
  readonly node: string;
  readonly description: string;
}

/**
 * Controller → tool: `node` said `description`.
 * The name is the controller's own knowledge, never the tool's word.
 */
export function formatSync(prefix: string, node: string, description: string): string {
  return `${prefix} SYNC ${node} ${cleanDescription(description)}`;
}

export function parseSync(prefix: string, line: string): SyncMessage | undefined {
  const [node, description] = nodeAndText(textAfter(`${prefix} SYNC `, line)) ?? [];
  return node === undefined || description === undefined ? undefined : { node, description };
}

export interface LostMessage {
  readonly node: string;
  readonly reason: string;
}

/** Controller → a tool that watches: the tool on `node` says no more, and the run has failed. */
export function formatLost(prefix: string, node: string, reason: string): string {
  return `${prefix} LOST ${node} ${cleanDescription(reason).slice(0, LIMITS.failureReasonCharsMax)}`;
}

export function parseLost(prefix: string, line: string): LostMessage | undefined {
  const [node, reason] = nodeAndText(textAfter(`${prefix} LOST `, line)) ?? [];
  return node === undefined || reason === undefined ? undefined : { node, reason };
}

export interface DoneMessage {
  readonly node: string;
  readonly code: number;
}

/** Controller → a tool that watches: the tool on `node` has ended well, and says no more. */
export function formatDone(prefix: string, node: string, code: number): string {
  return `${prefix} DONE ${node} ${code}`;
}

export function parseDone(prefix: string, line: string): DoneMessage | undefined {
  const [node, code] = nodeAndText(textAfter(`${prefix} DONE `, line)) ?? [];
  return node === undefined || code === undefined ? undefined : { node, code: Number(code) };
}

/** Tool → controller: tell this tool of every tool that ends. Who does not ask is never sent LOST or DONE. */
export function formatToolWatch(prefix: string): string {
  return `${prefix} WATCH`;
}

export function parseToolWatch(prefix: string, line: string): boolean {
  return line === formatToolWatch(prefix);
}

/** Tool → controller: tell every node `description`. */
export function formatToolSync(prefix: string, description: string): string {
  return `${toolSyncStart(prefix)} ${cleanDescription(description)}`;
}

/** The description that a tool's line tells all nodes, perhaps empty; undefined where the line is ordinary output. */
export function parseToolSync(prefix: string, line: string): string | undefined {
  const rest = textAfter(toolSyncStart(prefix), line);
  return rest === undefined || !/^(?:\s|$)/.test(rest) ? undefined : cleanDescription(rest);
}

/** What a tool's SYNC line starts with; a blank or the end of the line must follow. */
export function toolSyncStart(prefix: string): string {
  return `${prefix} SYNC`;
}

/** Without control characters and line separators, so that it is one line everywhere, and without outer blanks. */
export function cleanDescription(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '').trim();
}

function textAfter(start: string, line: string): string | undefined {
  return line.startsWith(start) ? line.slice(start.length) : undefined;
}

/** `[user@host:port] text` → its two parts. */
function nodeAndText(text: string | undefined): [string, string] | undefined {
  const blank = text?.indexOf(' ') ?? -1;
  return text === undefined || blank < 1 ? undefined : [text.slice(0, blank), text.slice(blank + 1)];
}

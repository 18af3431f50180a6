/**
 * A node: one machine of a run, after its target is resolved.
 * Only `src/targets/resolve.ts` makes nodes.
 */
export interface Node {
  /** `[user@host:port]`: the name in the sync protocol, in errors and in JSON. Unique in a run. */
  readonly id: string;
  readonly user: string;
  /** Without brackets, also for IPv6. */
  readonly host: string;
  readonly port: number;
  /** The address to reach it at instead, from an inventory. */
  readonly address?: string;
  /** What the user wrote, for joining with an inventory (JSON field `host`). */
  readonly given: string;
}

/** The name by which ssh knows it: in the network, in ssh_config and in known_hosts. */
export function sshName({ address, host }: Node): string {
  return address ?? host;
}

/** The node as a target that names it again: `user@host:port`. */
export function targetText({ id }: Node): string {
  return id.slice(1, -1);
}

/** The canonical name of a node; an IPv6 host keeps its brackets, as OpenSSH writes it. */
export function nodeId(user: string, host: string, port: number): string {
  return `[${user}@${bracketed(host)}:${port}]`;
}

/** A host before a port: the colons of an IPv6 address are not that of a port. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `user@host:port`; percent-encodes what a file name should not hold, so that no two nodes share a name. */
export function nodeFileName(node: Node): string {
  return targetText(node).replace(/^\.|[^\w.@:+[\]-]/g, (unsafe) =>
    [...Buffer.from(unsafe)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

import { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';

/** The error on a machine without a program `ssh`. */
export class MissingSshError extends LockstepError {
  constructor(node: Node) {
    super('unreachable', 'the program ssh is not installed here, or not in PATH', {
      node,
      hint: "install OpenSSH's client, or use --transport ssh2",
    });
  }
}

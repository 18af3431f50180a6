/** The error for what ssh2 cannot do but OpenSSH might: no algorithm in common, or a login that only OpenSSH knows. */
import { type ErrorCode, type ErrorDetails, LockstepError } from '../core/errors.ts';

export class BeyondError extends LockstepError {
  /** A few words, the same for all nodes that lack the same. */
  readonly lack: string;

  constructor(code: ErrorCode, message: string, { lack, ...details }: ErrorDetails & { lack: string }) {
    super(code, message, details);
    this.lack = lack;
  }
}

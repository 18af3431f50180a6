/**
 * One table of everything that can go wrong: error code → exit code → what to try.
 * Code decides by `error.code`, never by matching text.
 */
import type { Node } from './node.ts';

/** The exit codes of lockstep; docs and README list the same numbers. */
export const EXIT = {
  ok: 0,
  commandFailed: 1,
  lockLost: 2,
  unreachable: 3,
  uploadFailed: 4,
  commitFailed: 5,
  changesPending: 6,
  usage: 64,
  unusable: 69,
  bug: 70,
  notWritten: 74,
  locked: 75,
  timedOut: 124,
  programDenied: 126,
  programMissing: 127,
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

interface ErrorKind {
  readonly exit: number;
  readonly hint?: string;
}

export const ERRORS = {
  usage: { exit: EXIT.usage },
  unreachable: {
    exit: EXIT.unreachable,
    hint: 'check the name, the port and that sshd runs there; -w goes on without such nodes',
  },
  'host-key-changed': {
    exit: EXIT.unreachable,
    hint: 'if the machine was reinstalled, remove its old key with ssh-keygen -R; otherwise somebody may be listening in',
  },
  'host-key-unknown': {
    exit: EXIT.unreachable,
    hint: 'connect once with ssh to accept the key, or use --strict-host-key-checking accept-new',
  },
  'host-key-revoked': {
    exit: EXIT.unreachable,
    hint: 'somebody marked this key @revoked; find out why before you trust the machine again',
  },
  auth: { exit: EXIT.unreachable, hint: 'check the user (-u), the key (-k) and ssh-agent (ssh-add -l)' },
  channel: {
    exit: EXIT.unreachable,
    hint: 'the server refused a session; see MaxSessions in its sshd_config',
  },
  'connection-lost': { exit: EXIT.commandFailed },
  locked: { exit: EXIT.locked, hint: 'wait for that run to end (--lock-wait), or use another --lock-file' },
  draining: {
    exit: EXIT.locked,
    hint: 'processes of an earlier run are still at work on the node; end them or wait',
  },
  /** A node that is connected but cannot be worked on: its shell, account, sudo, flock or path. Waiting does not help. */
  unusable: {
    exit: EXIT.unusable,
    hint: 'see what "ssh NODE true" prints there; -w goes on without such nodes',
  },
  /** These nodes, or this session, cannot give the lock that the run asks for, however long it waits. */
  'lock-unavailable': { exit: EXIT.unusable },
  'not-broken': { exit: EXIT.commandFailed, hint: '--lock-status names who holds the lock' },
  'no-answer': {
    exit: EXIT.unusable,
    hint: 'the node is connected, but its shell or sudo does not work',
  },
  'lock-lost': {
    exit: EXIT.lockLost,
    hint: 'the node frees its lock by itself when its lease is over, and it has ended what runs there',
  },
  'session-gone': {
    exit: EXIT.lockLost,
    hint: 'its lock is free again; open a new session with -L, or unset LOCKSTEP_SESSION',
  },
  /** `-L -- program`, with a shell's codes. */
  'program-denied': { exit: EXIT.programDenied, hint: 'is it executable?' },
  'program-missing': { exit: EXIT.programMissing, hint: 'give a path, or a name that is found in PATH' },
  'upload-failed': { exit: EXIT.uploadFailed },
  'download-failed': {
    exit: EXIT.commandFailed,
    hint: 'what was here of such a node is still here; the files of the others are in place',
  },
  'source-changed': {
    exit: EXIT.uploadFailed,
    hint: 'a file changed while it was read; run again when it is at rest',
  },
  /** Some node could not switch, and all have gone back. */
  'taken-back': {
    exit: EXIT.uploadFailed,
    hint: 'mend the cause, and run the same command again; all nodes have their old files',
  },
  /** The command of `--check-cmd`. */
  'check-failed': {
    exit: EXIT.commandFailed,
    hint: 'mend what the check has found, and run the same command again; all nodes have their old files',
  },
  'commit-failed': {
    exit: EXIT.commitFailed,
    hint: 'mend the cause, and run the same command again; a node that failed is as it was, unless its line says what is left',
  },
  'command-failed': { exit: EXIT.commandFailed },
  /** Actions of jobs have failed, or could not begin because others failed. */
  'job-failed': { exit: EXIT.commandFailed },
  'command-timed-out': { exit: EXIT.timedOut },
  /** Nodes of a rollout never began, because others failed (the first perhaps as it was out of reach), or somebody halted it. */
  'rollout-failed': { exit: EXIT.commandFailed },
  'rollout-unreachable': { exit: EXIT.unreachable },
  'rollout-halted': { exit: EXIT.interrupted },
  /** A run at work does not answer, or can do nothing of what somebody wants of it. */
  'not-at-work': { exit: EXIT.commandFailed },
  'protocol-failed': { exit: EXIT.commandFailed },
  'timed-out': { exit: EXIT.timedOut },
  /** A file of `--failed-to` or `--outdir`. */
  'file-not-written': { exit: EXIT.notWritten, hint: 'the file is not complete; is the disk full?' },
  /** stdout or stderr. */
  'output-not-written': {
    exit: EXIT.notWritten,
    hint: 'the output is not complete; is the disk full?',
  },
  /** The operating system of this machine refuses something, and no other code says more. */
  'local-refusal': {
    exit: EXIT.notWritten,
    hint: 'this machine said so: look at that path, its disk and its limits (TMPDIR, ulimit -n)',
  },
  interrupted: { exit: EXIT.interrupted },
  terminated: { exit: EXIT.terminated },
  hangup: { exit: EXIT.hangup },
  bug: { exit: EXIT.bug, hint: 'this is a bug in lockstep; please report it with the text above' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** The step of a run at which it happened, where that decides the wording. */
export type Step = 'connect' | 'sync';

export interface ErrorDetails {
  /** The node it happened on, if it was one. The message does not name it: the code that shows the error does. */
  readonly node?: Node | undefined;
  readonly step?: Step | undefined;
  /** Nested causes, first one first. */
  readonly causes?: readonly unknown[];
  /** Replaces the table's hint where the code that failed knows better. */
  readonly hint?: string | undefined;
  /** What people read at a terminal, where scripts wait for the message as it is. */
  readonly brief?: Brief | undefined;
}

export interface Brief {
  readonly text: string;
  /** The causes worth telling, weightiest first. */
  readonly causes: readonly unknown[];
}

/** Any failure whose reason lies outside lockstep. The message is lower case, without a final period. */
export class LockstepError extends Error {
  override readonly name = 'LockstepError';
  readonly code: ErrorCode;
  readonly node: Node | undefined;
  readonly step: Step | undefined;
  readonly causes: readonly unknown[];
  readonly hint: string | undefined;
  readonly brief: Brief | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.node = details.node;
    this.step = details.step;
    this.causes = details.causes ?? [];
    const kind: ErrorKind = ERRORS[code];
    this.hint = details.hint ?? kind.hint;
    this.brief = details.brief;
  }

  /** The same error, of this node and step. */
  of(node: Node | undefined, step: Step | undefined): LockstepError {
    const { code, message, causes, hint, brief } = this;
    return new LockstepError(code, message, { node, step, causes, hint, brief });
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

/** The user ended the run, by Ctrl-C or with a signal from elsewhere. */
export class EndedByUser extends LockstepError {
  /** `Ctrl-C`, or the signal. */
  readonly by: string;

  constructor(code: 'interrupted' | 'terminated' | 'hangup', signal: string) {
    const by = signal === 'SIGINT' ? 'Ctrl-C' : signal;
    super(code, `ended by ${signal}`, { brief: { text: `ended by ${by}`, causes: [] } });
    this.by = by;
  }
}

/** Wraps whatever was thrown. An answer of the operating system is a LockstepError; anything else is a bug, and says so. */
export function toLockstepError(thrown: unknown): LockstepError {
  if (thrown instanceof LockstepError) return thrown;
  if (isSystemError(thrown)) {
    return new LockstepError('local-refusal', `this machine refuses: ${thrown.message}`, {
      causes: [thrown],
    });
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new LockstepError('bug', text, { causes: [thrown] });
}

/** As Node throws them: with the name of the call that failed, and the kernel's number. */
function isSystemError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && 'syscall' in thrown && 'errno' in thrown;
}

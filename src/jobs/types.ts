/** Sites and shells, for those who write jobs; and the ground under a site, on which its commands run. */
import type { Readable } from 'node:stream';
import type { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';

/** Takes output of commands, or lines about them. A stream's back-pressure counts, and its errors belong to its owner. */
export interface Sink {
  write(chunk: Uint8Array | string): unknown;
}

/** The configuration of a site: keys that shells understand, and anything else that its jobs want to know. */
export interface SiteConfig {
  readonly [key: string]: unknown;
  /** Left out: the site is this machine. Several sites may be on one host. */
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Where commands start; left out: in the login directory, or in that of this process. */
  readonly cwd?: string | undefined;
  /** Added to the environment of its commands. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The user who runs its commands, by sudo; `true` is root. */
  readonly become?: string | boolean | undefined;
  /** Passes on nothing that commands print on stdout, but captures it. */
  readonly quiet?: boolean | undefined;
  /** The same for stderr. */
  readonly silent?: boolean | undefined;
  /** How many bytes of each stream of each command to keep for its result; left out: 64 KiB; 0: none. */
  readonly captureBytes?: number | undefined;
  /** Gets the output of its commands. */
  readonly stdout?: Sink | undefined;
  readonly stderr?: Sink | undefined;
  /** Gets lines about what runs, and what actions report. */
  readonly log?: Sink | undefined;
}

/** `name` is the site's own, whatever a configuration says. */
export interface Site extends SiteConfig {
  readonly name: string;
}

/** For one command; options left out are as the site says. */
export interface RunOptions
  extends Pick<SiteConfig, 'cwd' | 'env' | 'become' | 'quiet' | 'silent' | 'captureBytes'>,
    Pick<SiteConfig, 'stdout' | 'stderr' | 'log'> {
  /** Left out: it reads nothing. */
  readonly stdin?: string | Uint8Array | Readable | undefined;
  /** A command that takes longer is ended, and rejects with `command-timed-out`. */
  readonly timeoutMs?: number | undefined;
  /** Aborting it ends the command. */
  readonly signal?: AbortSignal | undefined;
  /** A command that does not end with 0 rejects with `command-failed`. */
  readonly check?: boolean | undefined;
}

export interface SpawnOptions extends RunOptions {
  /** It ends with the schedule instead of the action: nothing may run without the lock. */
  readonly detached?: boolean | undefined;
}

export interface ShellResult {
  /** Undefined if a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Its first bytes, as UTF-8. */
  readonly stdout: string;
  readonly stderr: string;
  /** The command printed more than was captured. */
  readonly isCut: boolean;
}

/** A command at work. */
export interface Running {
  /** A command that fails is a result. Rejects with a LockstepError for one that does not start, is lost, or takes too long. */
  readonly result: Promise<ShellResult>;
  /** Ends it, and all that it has started: TERM, and KILL after the grace. `result` settles when it is gone. */
  end(): void;
}

export interface TransferOptions {
  /** The directory on the other side; a path without a leading slash counts from the site's `cwd`. */
  readonly to: string;
  readonly become?: string | boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Shell {
  /** Joins the commands of an array with ` && `. */
  run(command: string | readonly string[], options?: RunOptions): Promise<ShellResult>;
  /** The same, but does not wait for it. */
  spawn(command: string | readonly string[], options?: SpawnOptions): Running;
  upload(paths: string | readonly string[], options: TransferOptions): Promise<void>;
  download(paths: string | readonly string[], options: TransferOptions): Promise<void>;
  /** Like `upload`, but deletes what is there and not here. */
  mirror(paths: string | readonly string[], options: TransferOptions): Promise<void>;
}

/** Where the commands of one site run. Each schedule asks for it once a site, and has it for itself. */
export interface Ground {
  /** For errors; undefined for this machine. */
  readonly node?: Node | undefined;
  /** Starts the command at once, or when its turn comes. */
  start(command: string, how: StartOptions): Started;
  /** Rejects with LockstepError. */
  transfer(transfer: Transfer): Promise<void>;
}

export interface StartOptions {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array | Readable | undefined;
  /** The user who runs it, through sudo. */
  readonly become: string | undefined;
  /** The next chunk comes when this one is taken. Neither throws or rejects. */
  onStdout(chunk: Uint8Array): void | Promise<void>;
  onStderr(chunk: Uint8Array): void | Promise<void>;
}

export interface CommandEnd {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface Started {
  /** Resolves when the command begins, if it may have to wait: its time counts from then. */
  readonly begun?: Promise<unknown> | undefined;
  /**
   * Resolves when the command, and all that has its output, is gone, and the output is taken. Rejects with
   * LockstepError if it does not start or is lost. Settles in bounded time after `end`.
   */
  readonly result: Promise<CommandEnd>;
  /** Sends TERM, and KILL after the grace, to it and all that it has started; before it has begun: it never begins. */
  end(): void;
}

export interface Transfer {
  readonly kind: 'upload' | 'download' | 'mirror';
  readonly paths: readonly string[];
  readonly to: string;
  readonly become: string | undefined;
  /** Aborted with the action, too. */
  readonly signal: AbortSignal;
}

/** The grounds of one schedule: for remote sites its lock and connections. */
export interface Grounds {
  of(site: Site): Ground;
  /** Aborted, with a LockstepError, when no more work may happen there: the lock is lost. */
  readonly signal?: AbortSignal | undefined;
  /** All work has ended: gives the lock back. */
  close(failure: LockstepError | undefined): Promise<void>;
}

/** Sites and shells, as those see them who write jobs; and the ground under a site, on which its commands run. */
import type { Readable } from 'node:stream';
import type { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';

/** Takes what a command prints, or what is told of it. Where it is a stream, its back-pressure is kept; errors of it are its owner's. */
export interface Sink {
  write(chunk: Uint8Array | string): unknown;
}

/** What is known of a site: what shells understand, and anything else that its jobs want to know. */
export interface SiteConfig {
  readonly [key: string]: unknown;
  /** Left out: the site is this machine. Several sites may be on one host. */
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Where commands start; left out: in the login directory, or that of this process. */
  readonly cwd?: string | undefined;
  /** Added to the environment of its commands. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The user who runs its commands, by sudo; `true` is root. */
  readonly become?: string | boolean | undefined;
  /** What commands print on stdout is not passed on. It is captured all the same. */
  readonly quiet?: boolean | undefined;
  /** Neither what they print on stderr. */
  readonly silent?: boolean | undefined;
  /** Of each stream of each command so many bytes are kept for its result: 64 KiB where nothing is said; 0 for none. */
  readonly captureBytes?: number | undefined;
  /** Where the output of its commands goes. */
  readonly stdout?: Sink | undefined;
  readonly stderr?: Sink | undefined;
  /** Where it is told what runs, and what actions report. */
  readonly log?: Sink | undefined;
}

/** `name` is its own, whatever a configuration says. */
export interface Site extends SiteConfig {
  readonly name: string;
}

/** Of one command; what is left out is as the site says. */
export interface RunOptions
  extends Pick<SiteConfig, 'cwd' | 'env' | 'become' | 'quiet' | 'silent' | 'captureBytes'>,
    Pick<SiteConfig, 'stdout' | 'stderr' | 'log'> {
  /** Left out: it reads nothing. */
  readonly stdin?: string | Uint8Array | Readable | undefined;
  /** A command that takes longer is ended, and rejects with `command-timed-out`. */
  readonly timeoutMs?: number | undefined;
  /** Its abort ends the command. */
  readonly signal?: AbortSignal | undefined;
  /** A command that does not end with 0 rejects with `command-failed`. */
  readonly check?: boolean | undefined;
}

export interface SpawnOptions extends RunOptions {
  /** It is not ended with the action, but with the schedule: nothing runs where the lock is not held. */
  readonly detached?: boolean | undefined;
}

export interface ShellResult {
  /** Undefined where a signal has ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The first bytes of it, as UTF-8. */
  readonly stdout: string;
  readonly stderr: string;
  /** There was more than was captured. */
  readonly isCut: boolean;
}

/** A command at work. */
export interface Running {
  /** A command that fails is a result; what cannot be run, is lost, or takes too long rejects with a LockstepError. */
  readonly result: Promise<ShellResult>;
  /** Ends it, and all that it has started: TERM, and KILL after the grace. `result` tells that it is gone. */
  end(): void;
}

export interface TransferOptions {
  /** The directory on the other side; a path that begins with no slash is below the site's `cwd`. */
  readonly to: string;
  readonly become?: string | boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Shell {
  /** Commands of an array are joined with ` && `. */
  run(command: string | readonly string[], options?: RunOptions): Promise<ShellResult>;
  /** The same, and does not wait for it. */
  spawn(command: string | readonly string[], options?: SpawnOptions): Running;
  upload(paths: string | readonly string[], options: TransferOptions): Promise<void>;
  download(paths: string | readonly string[], options: TransferOptions): Promise<void>;
  /** As `upload`, and what is there and not here is deleted. */
  mirror(paths: string | readonly string[], options: TransferOptions): Promise<void>;
}

/** Where the commands of one site run. It is asked for once a site and schedule, and belongs to that schedule. */
export interface Ground {
  /** For errors; undefined for this machine. */
  readonly node?: Node | undefined;
  /** Starts it at once, or when its turn has come. */
  start(command: string, how: StartOptions): Started;
  /** Rejects with LockstepError. */
  transfer(transfer: Transfer): Promise<void>;
}

export interface StartOptions {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array | Readable | undefined;
  /** The user who runs it, by sudo. */
  readonly become: string | undefined;
  /** The next chunk comes when this one was taken. Neither throws or rejects. */
  onStdout(chunk: Uint8Array): void | Promise<void>;
  onStderr(chunk: Uint8Array): void | Promise<void>;
}

export interface CommandEnd {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface Started {
  /** Resolves when it begins, where it may have to wait for that: its time counts from there. */
  readonly begun?: Promise<unknown> | undefined;
  /**
   * Resolves when the command, and all that has its output, is gone, and its output was taken. Rejects with LockstepError where
   * it cannot be started or was lost. After `end` it settles in bounded time.
   */
  readonly result: Promise<CommandEnd>;
  /** TERM, and KILL after the grace, for it and what it has started; before it has begun: it never begins. */
  end(): void;
}

export interface Transfer {
  readonly kind: 'upload' | 'download' | 'mirror';
  readonly paths: readonly string[];
  readonly to: string;
  readonly become: string | undefined;
  /** Aborted with the action too. */
  readonly signal: AbortSignal;
}

/** The grounds of one schedule: for remote sites its lock and connections. */
export interface Grounds {
  of(site: Site): Ground;
  /** Aborted, with a LockstepError, when no more work may be done there: the lock was lost. */
  readonly signal?: AbortSignal | undefined;
  /** All work has ended: the lock is given back. */
  close(failure: LockstepError | undefined): Promise<void>;
}

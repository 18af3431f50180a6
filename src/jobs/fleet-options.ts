/** The options and methods of a fleet. */
import type { JobEvent, Schedules } from './job-types.ts';
import type { Jobs } from './schedules/jobs.ts';
import type { Sites } from './sites/sites.ts';
import type { Shell, Sink, SiteConfig } from './types.ts';

/** All times are milliseconds. Options left out are as on the command line. */
export interface FleetOptions {
  /** The login name for sites that name none; left out: from ssh_config, else this account's. */
  readonly user?: string | undefined;
  /** An inventory of Ansible, with groups and hosts for `addTargets`. */
  readonly inventory?: string | undefined;
  readonly connect?: ConnectOptions | undefined;
  readonly lock?: LockOptions | undefined;
  readonly times?: TimeOptions | undefined;
  /**
   * Takes the lock of all sites for the first schedule and holds it until `close`; left out: each schedule takes its own.
   * If it is lost, also between two schedules, whatever comes later rejects with `lock-lost`, and so does `close`.
   */
  readonly keepsLock?: boolean | undefined;
  /** A command that does not end with 0 rejects with `command-failed`, unless it says otherwise. */
  readonly check?: boolean | undefined;
  /** Aborting it ends all work; schedules and commands reject with `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Asks somebody for a password: of a login (`connect.isPasswordAsked`), or of sudo when that asks. Left out: sudo may ask for none. */
  readonly askPassword?: ((prompt: string) => Promise<string>) | undefined;
  /** Gets what happens, in lines. */
  readonly log?: Sink | undefined;
  /** Gets the output of commands whose sites name no other sink. Left out: nobody does. */
  readonly stdout?: Sink | undefined;
  readonly stderr?: Sink | undefined;
  /**
   * Hears every event. A promise that it returns for output holds the command back; a schedule waits for the others
   * when its work is done. When it or `log` throws or rejects, the schedule ends, and rejects with `output-not-written`.
   */
  readonly onEvent?: ((event: JobEvent) => void | Promise<void>) | undefined;
  /** HOME, SSH_AUTH_SOCK and their kin; left out: this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** How to reach hosts; docs/REQUESTS.md describes each field. */
export interface ConnectOptions {
  readonly keyFile?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly isPasswordAsked?: boolean | undefined;
  readonly hostKeyChecking?: 'yes' | 'accept-new' | 'no' | undefined;
  readonly knownHostsFile?: string | undefined;
  readonly sshConfig?: string | undefined;
  readonly sshOptions?: readonly string[] | undefined;
  readonly jump?: string | undefined;
  readonly transport?: 'auto' | 'ssh2' | 'openssh' | undefined;
  /** Connections that are set up at the same time. */
  readonly atOnce?: number | undefined;
  /** Everything runs as another account, through sudo. */
  readonly asRoot?: boolean | undefined;
  readonly becomes?: string | undefined;
}

export interface LockOptions {
  readonly kind?: 'exclusive' | 'shared' | undefined;
  /** The path to lock on the hosts; left out: `/`. */
  readonly path?: string | undefined;
  /** How long to wait for a lock that others hold (ms). */
  readonly waitMs?: number | undefined;
  /** Those who meet the lock read it. */
  readonly reason?: string | undefined;
}

export interface TimeOptions {
  readonly connectTimeoutMs?: number | undefined;
  readonly keepAliveMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly leaseMs?: number | undefined;
  readonly killGraceMs?: number | undefined;
}

export interface Fleet extends Schedules {
  readonly sites: Sites;
  readonly jobs: Jobs;
  /**
   * A shell of a site by its name, of a host (`[user@]host[:port]`), or of this machine. Outside schedules it locks a
   * host while one of its commands is at work there.
   */
  shell(host?: string, config?: SiteConfig): Shell;
  /**
   * Makes sites of targets written as on the command line (`web[01-20]`, `@web`, `./hosts`); their groups and labels
   * (`dc=ams`) become roles. Resolves to the sites' names. Rejects with LockstepError `usage`.
   */
  addTargets(targets: readonly string[], config?: SiteConfig): Promise<string[]>;
  /** Ends all work and gives locks back. Settles when nothing of it is left in this process, or on the hosts. */
  close(): Promise<void>;
}

/** What a fleet can be asked for, and what it offers. */
import type { JobEvent, Schedules } from './job-types.ts';
import type { Jobs } from './schedules/jobs.ts';
import type { Sites } from './sites/sites.ts';
import type { Shell, Sink, SiteConfig } from './types.ts';

/** All times are milliseconds. What is left out is as on the command line. */
export interface FleetOptions {
  /** The login name for sites that name none; left out: what ssh_config says, else that of this account. */
  readonly user?: string | undefined;
  /** An inventory of Ansible, whose groups and hosts `addTargets` knows. */
  readonly inventory?: string | undefined;
  readonly connect?: ConnectOptions | undefined;
  readonly lock?: LockOptions | undefined;
  readonly times?: TimeOptions | undefined;
  /** The lock of all sites is taken for the first schedule and held until `close`; left out: for each schedule by itself. */
  readonly keepsLock?: boolean | undefined;
  /** A command that does not end with 0 rejects with `command-failed`, where it says nothing else. */
  readonly check?: boolean | undefined;
  /** Its abort ends all that is at work; schedules and commands reject with `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Asks somebody for a password: of a login (`connect.isPasswordAsked`), or of sudo when it asks. Left out: sudo may ask for none. */
  readonly askPassword?: ((prompt: string) => Promise<string>) | undefined;
  /** Where it is told what happens, in lines. */
  readonly log?: Sink | undefined;
  /** What commands print whose sites say nothing else. Left out: it is dropped. */
  readonly stdout?: Sink | undefined;
  readonly stderr?: Sink | undefined;
  /**
   * Hears all that is told. A promise that it returns for output holds the command back. Where it throws or rejects, as where `log`
   * does, the schedule is ended, and rejects with `output-not-written`.
   */
  readonly onEvent?: ((event: JobEvent) => void | Promise<void>) | undefined;
  /** HOME, SSH_AUTH_SOCK and their kin; left out: those of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** How hosts are reached; docs/REQUESTS.md has each field. */
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
  /** Connections being set up at the same time. */
  readonly atOnce?: number | undefined;
  /** Everything runs as another account, through sudo. */
  readonly asRoot?: boolean | undefined;
  readonly becomes?: string | undefined;
}

export interface LockOptions {
  readonly kind?: 'exclusive' | 'shared' | undefined;
  /** What is locked on the hosts; `/` where it is left out. */
  readonly path?: string | undefined;
  /** A lock that others hold is waited for so long (ms). */
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
   * A shell of a site by its name, of a host (`[user@]host[:port]`), or of this machine. Outside of schedules a host is locked while a
   * command of the shell is at work there.
   */
  shell(host?: string, config?: SiteConfig): Shell;
  /**
   * Makes sites of targets as the command line has them (`web[01-20]`, `@web`, `./hosts`), whose groups and labels (`dc=ams`) become
   * roles. Resolves to their names. Rejects with LockstepError `usage`.
   */
  addTargets(targets: readonly string[], config?: SiteConfig): Promise<string[]>;
  /** Ends what is at work and gives locks back. Resolves when nothing of it is left in this process, or on the hosts. */
  close(): Promise<void>;
}

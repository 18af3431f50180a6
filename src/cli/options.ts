/** What the user asked for, checked: everything after `src/cli` trusts these values. */
export type Mode = 'command' | 'upload' | 'sync' | 'lock' | 'lock-status' | 'lock-break';

export interface Options {
  readonly mode: Mode;
  /** What stands after the options: the command's words (`-C`) or the files (`-U`, `-S`). */
  readonly words: readonly string[];
  /** What was given and has no effect in this mode, each as a sentence. */
  readonly withoutEffect: readonly string[];

  /** `-o` values as given; those that begin with `/` or `./` are host files. */
  readonly hosts: readonly string[];
  /** `-s`: more targets from stdin, before those of `-o`. */
  readonly readStdin: boolean;
  /** `-u`: the user for targets without one. */
  readonly user: string | undefined;
  /** `-k`: used even when an agent has keys. */
  readonly key: string | undefined;
  /** `-p`: log in with a password, which is asked for once. */
  readonly password: boolean;
  readonly strictHostKeyChecking: 'yes' | 'accept-new' | 'no';
  /** `--known-hosts`: instead of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  readonly knownHosts: string | undefined;
  /** `-d`: connections being set up at once. */
  readonly threads: number;

  /** `-x`: keeper, commands and receivers run under `sudo -n -E -H`. */
  readonly sudo: boolean;
  /** `-y`: no lock; the keeper is a leash only. */
  readonly noLock: boolean;
  /** `-t`: a node that cannot be locked is used all the same, with a warning. */
  readonly noLockFail: boolean;
  /** `-w`: a node that cannot be reached is left out, with a warning. */
  readonly noConnFail: boolean;
  readonly lockFile: string | undefined;
  /** `--lock-wait`: so long a lock that others hold is waited for; 0: not at all. */
  readonly lockWaitMs: number;
  /** `--lock-shared`: beside other readers. */
  readonly lockShared: boolean;
  /** `--lock-reason`: told to those who meet the lock; public. */
  readonly lockReason: string;
  /** `--lock-break`: this run is ended, and nothing else done. */
  readonly breakRun: string | undefined;
  /** `--yes`: the question of `--lock-break` is not asked. */
  readonly yes: boolean;

  /** `-r`: destination of uploads, working directory of commands, default lock path. */
  readonly root: string | undefined;
  /** `-e`: relative file names stay relative. */
  readonly relative: boolean;
  /** `-i`: this local file is every command's stdin. */
  readonly stdin: string | undefined;
  /** `-n`: run this instead of the sync tool; the whole string goes to the shell. */
  readonly syncCommand: string | undefined;
  /** `-g`: arguments of the sync tool. */
  readonly toolArguments: readonly string[];
  /** `-m`: the sync command is a plain command, without the protocol. */
  readonly simple: boolean;
  /** `--shell`: `{}` stands for the command; empty: no shell of ours, the login shell runs it; undefined: bash, or sh where there is none. */
  readonly shell: string | undefined;
  /** `--no-upload` turns it off. */
  readonly upload: boolean;
  /** `--fail-fast`: the first command that fails ends those on the other nodes. */
  readonly failFast: boolean;
  readonly keepStaged: boolean;
  /** Called as orgalorg. */
  readonly asOrgalorg?: boolean;
  readonly preserveUid: boolean;
  readonly preserveGid: boolean;

  readonly serial: boolean;
  readonly quiet: boolean;
  /** 0, 1 (debug) or 2 (trace). */
  readonly verbose: number;
  readonly json: boolean;
  readonly color: 'auto' | 'always' | 'never';
  /** `--bar-format` and `--log-format`: `default`, `dark`, `light`, or a format. */
  readonly barFormat: string;
  readonly logFormat: string;
  /** `--fold`: equal output is shown once, at the end; `diff`: the others as a diff against the most common. */
  readonly fold: 'same' | 'diff' | undefined;
  /** `--outdir`: a directory with one file a node. */
  readonly outdir: string | undefined;
  /** `--failed-to`: a host file of the nodes that are not ok. */
  readonly failedTo: string | undefined;

  readonly connectTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly receiveTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly killGraceMs: number;
  readonly barrierTimeoutMs: number;
  readonly rollbackGraceMs: number;
  /** `--timeout`: a node's command that takes longer is ended; undefined: never. */
  readonly timeoutMs: number | undefined;
}

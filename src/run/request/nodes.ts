/** Which nodes are meant, and how they are reached, as a request says it. */
import * as z from 'zod/mini';
import { LIMITS } from '../../core/limits/limits.ts';
import { flag, text, words } from './parts.ts';

export const targets = z.strictObject({
  /**
   * `[user@]host[:port]`, ranges, `@group`, and `!host` to leave one out; those that begin with `/` or `./` are host files
   * or inventories of this machine.
   */
  hosts: z._default(words, []),
  /** More targets stand on stdin, one a line; they come first. */
  areOnStdin: flag,
  /** For targets without a user; the account of this process where it is left out. */
  user: z.optional(text),
  /** An inventory of Ansible; all of its hosts are meant where nothing else is named. */
  inventory: z.optional(text),
  /** A command of this machine that prints more targets, one a line, or an inventory as JSON; they come last. */
  program: z.optional(text),
});

export const connect = z.strictObject({
  /** A private key, used even when an agent has keys. */
  keyFile: z.optional(text),
  /** Log in with a password, which the surroundings ask for, once. */
  isPasswordAsked: flag,
  /** Log in with the password that is in this file of this machine, or on stdin (`-`). */
  passwordFile: z.optional(text),
  /** Left out: what ssh_config says, else accept-new. */
  hostKeyChecking: z.optional(z.enum(['yes', 'accept-new', 'ask', 'no'])),
  /** Instead of those of ssh_config, else of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  knownHostsFile: z.optional(text),
  /** Instead of ~/.ssh/config and /etc/ssh/ssh_config; `none`: no file is read. */
  sshConfig: z.optional(text),
  /** `Keyword=value` of ssh_config, which come before its files and the targets. */
  sshOptions: z._default(words, []),
  /** `[user@]host[:port]` of jump hosts, with commas between them, or `none`; left out: what ssh_config says. */
  jump: z.optional(text),
  /** ssh2 is part of this program; `openssh` is the `ssh` of this machine, a process for each connection and each command; `auto`: ssh2 wherever it will do. */
  transport: z._default(z.enum(['auto', 'ssh2', 'openssh']), 'auto'),
  /** Connections being set up at the same time. */
  atOnce: z._default(z.int().check(z.minimum(1), z.maximum(LIMITS.nodesMax)), LIMITS.connectsAtOnce),
  /** A node that cannot be reached or worked on is left out, with a warning. */
  mayLeaveOut: flag,
  /** Everything on the nodes runs as another account, through sudo. */
  asRoot: flag,
  /** Which one, where `asRoot` says so. */
  becomes: z._default(text, 'root'),
  /** sudo may ask for a password, which the surroundings ask for, once. */
  isSudoPasswordAsked: flag,
  /** Targets, as in `hosts`, whose nodes have a sudo password of their own; each is asked for once. */
  sudoPasswordFor: z._default(words, []),
});

/** The part of a request about which nodes to work on, and how to reach them. */
import * as z from 'zod/mini';
import { LIMITS } from '../../core/limits/limits.ts';
import { flag, text, words } from './parts.ts';

export const targets = z.strictObject({
  /**
   * `[user@]host[:port]`, ranges, `@group`, and `!host` to leave one out; words that begin with `/` or `./` are host
   * files or inventories of this machine.
   */
  hosts: z._default(words, []),
  /** Read more targets from stdin, one a line; they come first. */
  areOnStdin: flag,
  /** For targets without a user; left out: the account of this process. */
  user: z.optional(text),
  /** An inventory of Ansible; without other targets all of its hosts count. */
  inventory: z.optional(text),
  /** A command of this machine that prints more targets, one a line, or an inventory as JSON; they come last. */
  program: z.optional(text),
});

export const connect = z.strictObject({
  /** A private key, used even when an agent has keys. */
  keyFile: z.optional(text),
  /** Log in with a password, for which the surroundings ask, once. */
  isPasswordAsked: flag,
  /** Log in with the password in this file of this machine, or on stdin (`-`). */
  passwordFile: z.optional(text),
  /** Left out: what ssh_config says, else accept-new. */
  hostKeyChecking: z.optional(z.enum(['yes', 'accept-new', 'ask', 'no'])),
  /** Instead of the files of ssh_config, else of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  knownHostsFile: z.optional(text),
  /** Instead of ~/.ssh/config and /etc/ssh/ssh_config; `none`: read no file. */
  sshConfig: z.optional(text),
  /** `Keyword=value` of ssh_config, which win over its files and the targets. */
  sshOptions: z._default(words, []),
  /** `[user@]host[:port]` of jump hosts, with commas between them, or `none`; left out: what ssh_config says. */
  jump: z.optional(text),
  /** ssh2 is part of this program; `openssh` is the `ssh` of this machine, a process for each connection and each command; `auto`: ssh2 wherever it will do. */
  transport: z._default(z.enum(['auto', 'ssh2', 'openssh']), 'auto'),
  /** Connections that are set up at the same time. */
  atOnce: z._default(z.int().check(z.minimum(1), z.maximum(LIMITS.nodesMax)), LIMITS.connectsAtOnce),
  /** Leave out a node that cannot be reached or worked on, with a warning. */
  mayLeaveOut: flag,
  /** Everything on the nodes runs as another account, through sudo. */
  asRoot: flag,
  /** The account for `asRoot`. */
  becomes: z._default(text, 'root'),
  /** sudo may ask for a password, for which the surroundings ask, once. */
  isSudoPasswordAsked: flag,
  /** Targets, as in `hosts`, whose nodes have a sudo password of their own; the surroundings ask for each once. */
  sudoPasswordFor: z._default(words, []),
});

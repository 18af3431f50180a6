/** The rows of the table that say how nodes are reached and logged in to. */
import { LIMITS } from '../core/limits.ts';
import type { OptionRow } from './option-row.ts';

export const CONNECTION = [
  {
    short: 'w',
    long: 'no-conn-fail',
    field: 'connect.mayLeaveOut',
    help: 'leave out nodes that cannot be reached or used',
  },
  {
    short: 'k',
    long: 'key',
    field: 'connect.keyFile',
    argument: 'FILE',
    completes: 'file',
    help: 'private key',
  },
  {
    short: 'p',
    long: 'password',
    field: 'connect.isPasswordAsked',
    help: 'log in with a password, asked for once',
  },
  {
    short: 'd',
    long: 'threads',
    field: 'connect.atOnce',
    argument: 'N',
    kind: 'count',
    min: 1,
    max: LIMITS.nodesMax,
    default: LIMITS.connectsAtOnce,
    help: 'connections set up at once',
  },
  {
    long: 'strict-host-key-checking',
    field: 'connect.hostKeyChecking',
    argument: 'HOW',
    choices: ['yes', 'accept-new', 'ask', 'no'],
    isAdded: true,
    help: 'yes, accept-new (default), ask or no',
  },
  {
    long: 'known-hosts',
    field: 'connect.knownHostsFile',
    argument: 'FILE',
    completes: 'file',
    isAdded: true,
    help: 'instead of the known_hosts of ssh',
  },
  {
    short: 'F',
    long: 'ssh-config',
    field: 'connect.sshConfig',
    argument: 'FILE',
    completes: 'file',
    isAdded: true,
    help: 'instead of ~/.ssh/config; none: read nothing',
  },
  {
    short: 'J',
    long: 'jump',
    field: 'connect.jump',
    argument: 'HOST',
    completes: 'target',
    isAdded: true,
    help: 'through [user@]host[:port], or several: a,b',
  },
  {
    long: 'ssh-option',
    field: 'connect.sshOptions',
    argument: 'KEY=VALUE',
    repeats: true,
    isAdded: true,
    help: 'of ssh_config, before its files; repeatable',
  },
] as const satisfies readonly OptionRow[];

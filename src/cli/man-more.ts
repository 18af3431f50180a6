/** What the man page says of an option beyond its line in the help. */
import type { OptionName } from './table.ts';

export const MORE: Partial<Record<OptionName, string>> = {
  command:
    'The words behind it, joined by blanks, are run by the shell of every node, as with ssh. One that fails does not end the others. In its environment are LOCKSTEP_RUN, LOCKSTEP_NODE and LOCKSTEP_ROOT.',
  upload:
    'To their own absolute paths; with -r below that directory; with -e under the relative names that were given.',
  lock: 'Every call of lockstep in the program joins the lock and the connections.',
  'lock-status': 'With --json one object a node, on stdout.',
  'lock-break':
    'Ends the run with exactly this id, and no other: its processes get TERM, and KILL after --kill-grace. Asks first, but with --yes.',
  host: 'A value that begins with /, ./ or ../ is a file with one target a line; blank lines and # comments are passed over. ssh_config is not read.',
  'no-lock-fail': 'Each such node is named.',
  'lock-wait': 'Tries again until it is free, and holds nothing meanwhile.',
  'lock-reason': 'It stands in the arguments of a process on every node.',
  'no-conn-fail': 'They are named, and the exit code is that of the others.',
  key: 'Else the keys of ssh-agent, and the default identities of ssh.',
  threads: 'How many nodes there are is not bounded by it.',
  root: 'Where files go, where commands and tools start, and what is locked. A relative one counts from the login directory of each node, and so does one that begins with ~/ (in quotes: your own shell would put your home there).',
  shell:
    '{} stands for the command, quoted. Without this option it is run by bash -c, where a node has bash, else by sh -c; with an empty text by the login shell.',
  stdin:
    'Not for keys to log in with: a private key is refused, or sent with a warning where it may be that of a web server.',
  'fail-fast': 'They get TERM, and KILL after --kill-grace.',
  relative: 'Without it the whole path of a relative name stands below -r.',
  'keep-staged': 'Of -S -n without -r; otherwise absolute files are put to their own paths before -n runs.',
  json: 'Output of nodes on stdout, all else on stderr; see JSON below.',
  fold: 'Without a value, or with same: each output once, with the names of its nodes. With diff: the most common one, and the others as a diff against it.',
  outdir: 'In DIR/USER@HOST:PORT.out, and in .err what came to stderr. With -q it is shown nowhere else.',
  'failed-to': 'Also those that -w left out; empty when all are ok.',
  'bar-format': 'The themes default, dark and light, or a template; see below.',
  'log-format': 'The themes default, dark and light, or a template; see below.',
  timeout: 'It gets TERM, and KILL after --kill-grace, with all that it started. The other nodes go on.',
  'conn-timeout': 'Handshake and login have 30 seconds beside.',
};

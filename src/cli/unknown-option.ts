/**
 * What to say of an unknown option: the one that is meant, what to do instead, or the nearest name. Pure.
 */
import { OPTION_TABLE } from './table/table.ts';

const TARGETS = 'targets are -o HOST, -o ./FILE, or -o @GROUP';
const AT_ONCE = 'connections at once are -d N, commands at once --batch N';
const PORT = 'the port is a part of the target: -o HOST:PORT';
const PASSWORDLESS =
  'the password of sudo is asked for with -K, or for a group of nodes with --sudo-password-for';
const KEY = 'the private key is -k FILE';
const LOGIN_PASSWORD = 'a password to log in is asked for with -p';
const PASSWORD_FILE = 'a password to log in is read with --password-file FILE';
const DRY_RUN =
  '--dry-run tells what would change, --audit which nodes differ; -g --check=CMD is the check of the tool that ships, with -S';
const ROLLOUT =
  'so many nodes at once are --batch N, or --max-down N where one that failed counts, too; first and rest are --canary N';
const DOWNLOAD = 'files of the nodes are brought here by --into DIR --download PATH';
const NO_FORWARDING = 'nothing is ever forwarded; a jump host is -J HOST';
const JUMP = 'jump hosts are -J HOST';

const PATTERNS =
  "--exclude takes patterns of .gitignore, of which the last that matches decides: --exclude '!*.conf' keeps";
const LIST_ENDS = '--files-from sees by itself whether its names end in NULs';
const DELETE = 'it is --delete; everything goes at the moment when the new files come into place';
const VERSIONED = '--gitignore leaves out what git would ignore, and .git; for others write --exclude .svn';

/** By the option as written. */
const INSTEAD: Readonly<Record<string, string>> = {
  '-f': AT_ONCE,
  '--forks': AT_ONCE,
  '--fanout': AT_ONCE,
  '--parallel': AT_ONCE,
  '--par': AT_ONCE,
  '-H': TARGETS,
  '--hosts': TARGETS,
  '--hostfile': TARGETS,
  '--nodes': TARGETS,
  '--limit': "a part of the nodes is written as in -o '@web&@dc=east', or -o '!web3' to leave one out",
  '--group': 'a group is -o @GROUP; ./lockstep.yaml says what it is',
  '-b': 'sudo is -x, or --become USER; equal output is folded with --fold',
  '--ask-become-pass': PASSWORDLESS,
  '--ask-sudo-pass': PASSWORDLESS,
  '--sudo-password': PASSWORDLESS,
  '--become-password-file': PASSWORDLESS,
  '--connection-password-file': PASSWORD_FILE,
  '--conn-pass-file': PASSWORD_FILE,
  '--ask-pass': LOGIN_PASSWORD,
  '--askpass': LOGIN_PASSWORD,
  '-P': PORT,
  '--port': PORT,
  '--identity': KEY,
  '--private-key': KEY,
  '--login': 'the login user is -u NAME',
  '--connect-timeout': 'the timeout to connect is -c MS',
  '--command-timeout': 'the time limit of a command is --timeout TIME',
  '--print': 'output is printed as it comes; --json is for programs',
  '--inline': 'output is printed as it comes; -l keeps that of a node together',
  '-O': 'what each node prints is written to files with --outdir DIR',
  '--output': 'what each node prints is written to files with --outdir DIR',
  '--errdir': 'what each node prints is written to files with --outdir DIR, stderr beside stdout',
  '-T': 'there is never a pseudo-terminal, so this is not needed',
  '--tty': 'there is never a pseudo-terminal',
  '-N': 'to hold the lock and do nothing else, give -L',
  '--config': 'there is no configuration file; put options that you always give into an alias of your shell',
  '--proxy-jump': JUMP,
  '--bastion': JUMP,
  '-A': NO_FORWARDING,
  '-X': NO_FORWARDING,
  '-R': NO_FORWARDING,
  '-W': NO_FORWARDING,
  '--check': DRY_RUN,
  '--what-if': DRY_RUN,
  '--rolling': ROLLOUT,
  '--concurrent': ROLLOUT,
  '--max-fail-percentage': ROLLOUT,
  '--sequence': 'one group behind the other is --order @db,@web',
  '-D': DOWNLOAD,
  '--rcopy': DOWNLOAD,
  '--fetch': DOWNLOAD,
  '--include': PATTERNS,
  '--include-from': PATTERNS,
  '--filter': PATTERNS,
  '--from0': LIST_ENDS,
  '-0': LIST_ENDS,
  '--null': LIST_ENDS,
  '--cvs-exclude': VERSIONED,
  '--exclude-vcs': VERSIONED,
  '--exclude-vcs-ignores': VERSIONED,
  '--delete-before': DELETE,
  '--delete-during': DELETE,
  '--delete-delay': DELETE,
  '--delete-after': DELETE,
  '--delete-excluded':
    'files left out here stay on the nodes; remove them with -C rm, or leave out --exclude',
  '--max-delete':
    '--delete tells how much would go, and asks where that is much; --dry-run --delete lists it',
  '--force': '--delete removes directories with all that is in them',
  '--ignore-errors': 'everything goes, on all nodes, or nothing',
  '--retry': 'nothing is tried again by itself; --failed-to FILE writes the list for the next try',
  '--env': "a variable is a part of the command: -C 'NAME=value program'",
};

export function unknownOptionHint(written: string): string {
  if (isForeign(written)) return INSTEAD[written] ?? '';
  const near = nearestOption(written);
  return near === undefined ? 'lockstep --help lists the options' : `did you mean ${near}?`;
}

/** An option of other tools that must not pass for an abbreviation of one of lockstep's. */
export function isForeign(written: string): boolean {
  return Object.hasOwn(INSTEAD, written);
}

/** The long option with the fewest typing mistakes to this one: two at most, and at most half of the word. */
function nearestOption(written: string): string | undefined {
  if (!/^--[\w-]{3,40}$/.test(written)) return undefined;
  const mistakesMax = Math.min(2, Math.floor((written.length - 2) / 2));
  const names = OPTION_TABLE.map(({ long }) => ({
    name: `--${long}`,
    distance: distance(written, `--${long}`),
  }));
  const [nearest] = names.sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= mistakesMax ? nearest.name : undefined;
}

/** How many letters to add, remove or change to turn one word into the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [left, other] of [...to].entries()) {
      const change = (row[left] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[left + 1] ?? 0) + 1, (next[left] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

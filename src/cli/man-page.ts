/** The man page, as roff for man(1): what the help says from the same tables, and what is too long for it. Made by the build. */
import { EXIT } from '../core/errors.ts';
import { MORE } from './man-more.ts';
import { OPTION_GROUP_NAMES, OPTION_GROUPS, type OptionName, type OptionRow } from './table.ts';
import { argumentOf, EXAMPLES, helpOf, SYNOPSIS, TITLES } from './usage.ts';

export function manPage(version: string): string {
  return [
    `.TH LOCKSTEP 1 "" "lockstep ${version}" "User Commands"`,
    section('NAME'),
    text('lockstep - run commands, sync files and hold a global lock on many machines at once, over SSH'),
    section('SYNOPSIS'),
    verbatim(SYNOPSIS.replace(/^Usage:\n/, '')),
    section('DESCRIPTION'),
    ...DESCRIPTION.map(paragraph),
    section('OPTIONS'),
    paragraph(
      'Options stand before the command or the files, and end at the first word that is none. Letters may be put together, long names be abbreviated. Of an option that is given twice the last one counts; -o and -g add up.',
    ),
    ...OPTION_GROUP_NAMES.flatMap((group) => {
      const rows: readonly OptionRow[] = OPTION_GROUPS[group];
      return [`.SS "${escapeRoff(TITLES[group])}"`, ...rows.map(option)];
    }),
    section('TARGETS'),
    ...TARGETS.map(paragraph),
    section('JSON'),
    ...JSON_LINES.map(paragraph),
    verbatim(JSON_EXAMPLE),
    section('STATUS BAR AND LOG FORMATS'),
    ...FORMATS.map(paragraph),
    ...FORMAT_PARTS.map(([part, meaning]) => entry(part, meaning)),
    paragraph('For instance:'),
    verbatim(FORMAT_EXAMPLES),
    section('EXIT STATUS'),
    ...Object.entries(EXIT_MEANINGS).map(([name, meaning]) =>
      entry(String(EXIT[name as keyof typeof EXIT]), meaning),
    ),
    section('ENVIRONMENT'),
    ...ENVIRONMENT.map(([name, meaning]) => entry(name, meaning)),
    section('FILES'),
    ...FILES.map(([name, meaning]) => entry(name, meaning)),
    section('EXAMPLES'),
    ...examples(),
    section('SEE ALSO'),
    paragraph('ssh(1), flock(1), tar(1). README.md and docs/PROTOCOL.md come with the package.'),
    '',
  ].join('\n');
}

const DESCRIPTION: readonly string[] = [
  'lockstep connects to all nodes over SSH, takes a lock on all of them or on none, does its work while it holds all locks, and gives them back. Nothing is installed on a node: it needs sshd, a POSIX sh, flock, and for uploads tar.',
  'When the lock of one node is lost, or lockstep itself dies or is cut off, each node ends by itself what the run started there, and frees its lock.',
  'Files are staged on all nodes, and put in place by rename when all nodes have them: on all of them, or on none.',
];

const TARGETS: readonly string[] = [
  'A target is [user@]host[:port]; an IPv6 address stands in brackets where a port follows: [::1]:22. A host file, and stdin with -s, has one target a line; blank lines, and what follows a # at the start or behind a blank, are passed over.',
  'ssh_config is not read: aliases, users, ports, keys and jump hosts that stand there alone are not known. Host keys are looked for in known_hosts, by the name or address that was given; a new host is added, a changed key is refused.',
];

const JSON_LINES: readonly string[] = [
  'With --json every line is an object. Lines of a node have body (with the newline), host (the target as written), node ([user@host:port]) and stream (stdout or stderr), and are printed on the stream they came from. Messages of lockstep are on stderr, with null for host and node.',
  'At the end stderr has one object a node, with stream "status" and outcome: ok, exit (with code), signal, timed-out (afterMs), ended, lost, skipped (reason) or refused (error and reason). --lock-status prints one a node on stdout, with lock. docs/JSON.md of the package has all keys. Who is not ok:',
];

const JSON_EXAMPLE =
  '  lockstep --json -o ./hosts -C uptime 2>&1 >/dev/null |\n    jq -r \'select(.stream == "status" and .outcome != "ok").host\'\n';

/** Of the examples, in their order. */
const EXAMPLE_MEANINGS: readonly string[] = [
  'A command on two nodes, on the second as another user and on another port.',
  'The same on all nodes of a file, as root.',
  'The directory build, with all that is in it, becomes /srv/app/build on all nodes, or on none.',
  'The file replaces the old one on all nodes or on none; then the service is reloaded everywhere.',
  'A local script under one lock: every lockstep in it uses the same lock and connections.',
  'The lock of all nodes is held until Ctrl-C.',
];

const FORMATS: readonly string[] = [
  'A look is one of the themes default, dark and light, or a template. In a template { and } enclose what is filled in; {if A}…{else if B}…{else}…{end}, A | B, (A), {/* comments */} and {- -} are as in Go. Anything else is refused before a connection is made.',
  '--colors-dark and --colors-light choose a theme for both, whatever the formats say. The bar is not drawn with -q or --json, where stderr is no terminal, and where stdout is a pipe.',
];

const FORMAT_PARTS: readonly (readonly [string, string])[] = [
  [
    '{fg N} {bg N} {nofg} {nobg}',
    'Set and reset one of 256 colours. Nothing where colours are off, like the next ones.',
  ],
  ['{bold} {underline} {reverse} {nobold} {nounderline} {noreverse} {reset}', 'Set and reset attributes.'],
  [
    '{from "TEXT" N} {to N "TEXT"}',
    'Text in the colours of the backgrounds before and after it, as in an arrow.',
  ],
  [
    '{.Phase} {.Success} {.Total} {.Fails}',
    'Bar: connect, lock, upload, commit, exec, ending or release; nodes that are done, without those that failed; and the failed.',
  ],
  [
    '{.Percent} {.Left}',
    'Bar: how much of it is sent; how long the rest takes at this rate; empty where nothing is.',
  ],
  ['{.Nodes} {.Bar} {.Elapsed}', 'Bar: all nodes; 20 characters that fill up; the time in this phase.'],
  [
    '{.Written} {.Bytes} {.Rate}',
    'Bar: what is sent, of how much, in a second. Empty where nothing is sent.',
  ],
  [
    'eq ne lt le gt ge and or not len printf',
    'Bar: as in Go; printf has %s, %d, %v and %%, with width, - and 0.',
  ],
  [
    '${time:LAYOUT} ${level:FORMAT:ALIGN:SHORT} %s',
    'Log: the time, in a layout of Go such as 15:04:05.000 or timestamp; the level, in a format such as [%s], left or right aligned, and short for WARN instead of WARNING; the message.',
  ],
  [
    '{onerror "STYLE"} {onwarning …} {oninfo …} {ondebug …} {ontrace …} {onfatal …}',
    'Log: a style for one level, as in {onerror "{bold}{fg 196}"}.',
  ],
  ['{store} {restore}', 'Log: keep the style and set it again.'],
];

const FORMAT_EXAMPLES = `  --bar-format '{bold}{.Phase}{nobold} {.Success}/{.Total}{if .Fails} {fg 160}{.Fails} failed{end}'
  --log-format '\${time:15:04:05} {onerror "{fg 160}"}\${level:%s:left:short}{reset} %s'
`;

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'All nodes are ok.',
  commandFailed:
    'A command or sync tool failed on some node, a connection was lost, or --lock-break did not find or could not end the run.',
  lockLost: 'The lock was lost, or the session is gone.',
  unreachable: 'A node could not be reached or authenticated.',
  uploadFailed: 'The upload failed; nothing was changed.',
  commitFailed: 'The commit had begun, and some node is changed or unknown; the report says which.',
  usage: 'Wrong usage; no connection was made.',
  bug: 'A bug in lockstep.',
  unusable:
    'A node cannot be worked on: its shell, account, sudo, flock or path refuses; waiting does not help.',
  notWritten: 'The output, or a file of --outdir or --failed-to, could not be written.',
  locked: 'The lock is held by someone else; try again later.',
  timedOut: 'Timed out.',
  programDenied: 'The program of -L cannot be run.',
  programMissing: 'The program of -L is not there; else its own code is that of the run.',
  hangup: 'Ended by SIGHUP, or because nobody reads the output any more.',
  interrupted: 'Ended by SIGINT.',
  terminated: 'Ended by SIGTERM.',
};

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['NO_COLOR', 'Not empty: no colours, but with --color always.'],
  ['CLICOLOR_FORCE', 'Neither empty nor 0: colours where stderr is no terminal, too. NO_COLOR wins.'],
  ['CLICOLOR', '0: no colours.'],
  ['TERM', 'dumb: no colours and no status bar.'],
  ['SSH_AUTH_SOCK', 'The socket of ssh-agent.'],
  [
    'LOCKSTEP_SESSION',
    'The socket of a session, set by -L PROGRAM for its program: calls in it join its lock.',
  ],
  [
    'LOCKSTEP_RUN, LOCKSTEP_NODE, LOCKSTEP_ROOT',
    'Set for commands and tools on the nodes: the id of the run, the node, the directory.',
  ],
  [
    'TMPDIR, XDG_RUNTIME_DIR',
    'Where archives are spooled (else /var/tmp), and where sockets of sessions are made.',
  ],
];

const FILES: readonly (readonly [string, string])[] = [
  ['~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts', 'The host keys that are trusted.'],
  ['~/.ssh/id_*', 'The identities that are tried where there is no -k.'],
  [
    '/usr/lib/orgalorg/sync, /usr/lib/lockstep/sync',
    'The sync tool, on the nodes. Where none has it, one is sent along.',
  ],
  ['/var/run/orgalorg/RUN', 'On the nodes: the files of -S without -r.'],
  ['~/.local/state/lockstep', 'On the nodes: how far a commit came.'],
];

function examples(): string[] {
  const lines = EXAMPLES.trimEnd().split('\n').slice(1);
  return lines.map((line, at) => entry(line.trim(), EXAMPLE_MEANINGS[at] ?? ''));
}

function section(title: string): string {
  return `.SH ${title}`;
}

function option(row: OptionRow): string {
  const names = [...(row.short === undefined ? [] : [`-${row.short}`]), `--${row.long}${argumentOf(row)}`];
  const more = MORE[row.long as OptionName];
  return entry(names.join(', '), more === undefined ? helpOf(row) : `${sentence(helpOf(row))} ${more}`);
}

/** `keep it` → `Keep it.`; what begins with a sign stays. */
function sentence(help: string): string {
  return `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
}

function entry(term: string, meaning: string): string {
  return `.TP\n\\fB${text(term)}\\fR\n${text(meaning)}`;
}

function paragraph(content: string): string {
  return `.PP\n${text(content)}`;
}

/** Lines as they stand. */
function verbatim(lines: string): string {
  const shown = lines
    .trimEnd()
    .split('\n')
    .map((line) => text(line.replace(/^ {2}/, '')));
  return ['.PP', '.nf', '.RS 2', ...shown, '.RE', '.fi'].join('\n');
}

/** A text that begins no request. */
function text(content: string): string {
  return /^[.']/.test(content) ? `\\&${escapeRoff(content)}` : escapeRoff(content);
}

/** Hyphens that can be copied, and characters that every roff knows. */
function escapeRoff(content: string): string {
  return content
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...');
}

/**
 * How a text of ours begins on a node. What a login shell parses is one fixed line, whatever shell it is; the text and its
 * arguments come over stdin, and are checked to be whole before anything acts. Then the process executes itself anew,
 * without a fork, so that the arguments are its own and the text stands in nobody's. Pure.
 *
 * Measured, on a node: a text of 13 KB costs 1.4 ms by `head -c` under dash, 1.8 under bash; read line by line by the shell
 * itself 7 and 14 ms, which is as cheap below some 3 KB. The heads of busybox and toybox read on beyond their
 * count: there it is dd, byte by byte.
 */
import { quote, quoteAll } from './quote.ts';
import { FIRST_TEXT } from './texts.ts';

export interface BootSettings {
  /** `lockstep-…`, and what all may see of the process: its arguments. */
  readonly words: readonly string[];
  /** More arguments, which nobody sees: the text has them behind those of `words`. */
  readonly hiddenWords?: readonly string[];
  readonly text: string;
  /** A line that each output says, once where they are one, before the text begins: what comes before it is none of ours. */
  readonly mark?: string;
}

/** Stands before what is said of a text that did not arrive whole. */
export const BOOT_NAME = 'lockstep-boot';
export const NOT_WHOLE = 'what was sent has not arrived whole';
export const OTHER_SHELL = 'its login starts another shell';

/**
 * The program in its one pair of single quotes has no newline, backslash, quote or `!`, at which fish, csh and others differ.
 * It takes out what would change its first words: functions, options, a time limit of `read`. `_l` is the line that says the rest. All
 * variables until first.sh has put aside what a login has exported have names like that one, which nobody exports.
 */
export const BOOT_PROGRAM =
  'set +aeufxC; unset -f read echo kill umask command 2>/dev/null; _w=${TMOUT-}; unset TMOUT; IFS= read -r _l; ' +
  'case $_l in ": lockstep;"*"; : whole") eval "$_l";; esac; ' +
  `echo "${BOOT_NAME}: ${NOT_WHOLE}: a login script reads stdin, or closes it" >&2; exit 97`;

/**
 * What the login shell is given. Quoted, exec is no word of tcsh's. sudo keeps the environment, and sets HOME; `marker`: it may
 * ask for a password by that.
 */
export function bootCommand(become: { readonly user: string } | undefined, marker?: string): string {
  if (become === undefined) return `exec sh -c '${BOOT_PROGRAM}' ${BOOT_NAME}`;
  const user = become.user === 'root' ? '' : `-u ${quote(become.user)} `;
  if (marker === undefined) return `exec sudo -n -E -H ${user}sh -c '${BOOT_PROGRAM}' ${BOOT_NAME}`;
  // Without -n sudo asks where it must, by the word that it is given; and the shell says when it has let us in.
  const begins = `echo ${beginsLine(marker).trimEnd()} >&2; `;
  return `exec sudo -S -p '${asksWith(marker)}' -E -H ${user}sh -c '${begins}${BOOT_PROGRAM}' ${BOOT_NAME}`;
}

/** What sudo asks with. */
export function asksWith(marker: string): string {
  return `${marker}-asks `;
}

/** What the shell says that sudo has begun. */
export function beginsLine(marker: string): string {
  return `${marker}-begins\n`;
}

/** What is written to its stdin first; whatever the text reads may follow at once. */
export function bootInput({ words, hiddenWords = [], text, mark }: BootSettings): Buffer {
  const [name = '', ...shown] = words;
  // The arguments as they are seen have no newline and no tab; the text has them as they were given.
  const given = `set -- ${quoteAll([...shown, ...hiddenWords])}`;
  const named = quoteAll([name, ...shown.map(encodeWord)]);
  const said = mark === undefined ? '' : `echo ${mark}; [ /dev/fd/1 -ef /dev/fd/2 ] || echo ${mark} >&2; `;
  // What the shell that boots evaluates of it ends here, also where it cannot be replaced: the rest is for the shell that takes its place.
  const again = `case $0 in ${BOOT_NAME}) ${said}${GO} ${named}; exit;; esac`;
  const counted = `${again}\n${FIRST_TEXT}\n${given}\n${text}\n${END}`;
  return Buffer.from(
    `: lockstep; ${ONLY_HERE}; ${take(counted)}; case $_u in *"${END}") eval "$_u";; esac; : whole\n${counted}\n`,
  );
}

/**
 * The same for a text in the place of a user's command: what our own shell is to evaluate, behind `give_environment`, so that
 * the text can give it to commands of its own.
 */
export function bootHere(words: readonly string[], text: string): string {
  const names = 'for _l in $_t; do _s="${_s}export $_l=$_n"; done';
  const saved = `_n='\n'; _s="${NEVER}$_n$_m$_n"; ${names}; export LOCKSTEP_IGNORED="$_i"`;
  const environment = `"$_s"${quote(`${END_NEVER}\n${FIRST_TEXT}\n${text}`)}`;
  return `${saved}; export LOCKSTEP_TEXT=${environment}; exec $own_session sh \${BASH_VERSION:+-p} -c ${EVAL} ${quoteAll(words)}`;
}

/**
 * A word that is too long for what all arguments and the environment share: it follows its text on stdin, and `read` sets it
 * as the text's next argument.
 */
export function longWord(word: string): { readonly read: string; readonly input: string } {
  const counted = `${word}\n${END}`;
  const failed = `echo "${BOOT_NAME}: ${NOT_WHOLE}" >&2; exit 97`;
  const strip = `set -- "$@" "\${_u%?${END}}"; _u=`;
  return {
    read: `${take(counted, '')}; case $_u in *"${END}") ${strip};; *) ${failed};; esac`,
    input: `${counted}\n`,
  };
}

/** An argument of ours as it is seen: one line without tabs, from which the word can be had again. */
function encodeWord(word: string): string {
  return word.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

export function decodeWord(word: string): string {
  return word.replaceAll(/\\([\\nt])/g, (_, mark: string) => DECODED[mark] ?? mark);
}

const DECODED: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', t: '\t' };

/**
 * A login script that goes on as another shell (`exec bash`) leaves it what we send on stdin, as commands: the text, and the
 * user's input behind it.
 */
const ONLY_HERE = `case $0 in ${BOOT_NAME}) ;; *) echo "${BOOT_NAME}: ${OTHER_SHELL}" >&2; exit 97;; esac`;

/** Alone on the text's last line; no text of ours has it elsewhere. */
const END = ': lockstep-end';

const EVAL = quote('eval "$LOCKSTEP_TEXT"');

/** What first.sh reads: syntax that no shell follows. */
const NEVER = 'if false; then';
const END_NEVER = 'fi; : lockstep';
const SAVED = `echo "${NEVER}"; umask; export -p; echo "${END_NEVER}"`;

/** What a login script ignores no shell could trap; where it does so another program takes that back, in this very process. */
const HEED_SIGNALS =
  '_j=; for _s in HUP INT ALRM TERM USR1; do _g=1; trap _g= $_s; kill -$_s $$; trap - $_s; _j=$_j${_g:+$_s,}; done; _r=; ' +
  'case $_j in ?*) export LOCKSTEP_IGNORED="$_j"; _r="env --default-signal=${_j%,}"; $_r true 2>/dev/null || ' +
  '_r="perl -e $SIG{$_}=q(DEFAULT)for(split(/,/,shift));exec(@ARGV) $_j"; command -v ${_r%% *} >/dev/null || ' +
  `{ echo "${BOOT_NAME}: its login ignores signals, which nothing there takes back: $_j" >&2; exit 98; };; esac; `;

/** `-p` of bash: no functions and options from the environment, which go on to the user's own command. */
const GO =
  `${HEED_SIGNALS}export LOCKSTEP_TEXT="$_u"; case $_w in ?*) export LOCKSTEP_TMOUT="$_w";; esac; ` +
  `exec $_r sh \${BASH_VERSION:+-p} -c ${EVAL}`;

/** Sets _u to the counted bytes, and reads no byte more. A link instead of a program is some busybox, toybox or coreutils in one. */
function take(counted: string, before = `${SAVED}; `): string {
  const bytes = Buffer.byteLength(counted) + 1;
  const lines = counted.split('\n').length;
  const loop = `_n=; _u=; _k=0; while [ $_k -lt ${lines} ] && IFS= read -r _l; do _k=$((_k+1)); _u=$_u$_n$_l; _n=\${IFS#??}; done`;
  if (bytes <= BUILTIN_BYTES_MAX && !counted.includes(GIVES_BACK)) return loop;
  const hasExactHead = `[ -x ${HEAD} ] && ! [ -L ${HEAD} ] && ! [ ${HEAD} -ef /bin/busybox ]`;
  const head = `_u=$(${before}exec ${HEAD} -c ${bytes})`;
  const dd = `_u=$(${before}exec dd ibs=1 obs=65536 count=${bytes} 2>/dev/null)`;
  return `if ${hasExactHead}; then ${head}; elif command -v dd >/dev/null; then ${dd}; else ${loop}; fi`;
}

/** Where coreutils have it. Other implementations read on beyond their count, and which one is met by its name nobody knows. */
const HEAD = '/usr/bin/head';

/** A text that gives what a login has exported to a command must be told that, which the loop does not. */
const GIVES_BACK = 'give_back';

/** Where another process would cost no less. A thousand bytes of each text are how it begins. */
const BUILTIN_BYTES_MAX = 5_000;

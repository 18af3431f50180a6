/**
 * What does not go together: lockstep refuses a request in words of its fields, and a command line
 * in words of its options, with what to do instead. The record of a mode says what goes with it. Pure.
 */
import type { ModeTraits } from '../modes/mode.ts';
import { MODES, modeOf } from '../modes/modes.ts';
import type { Field, RunRequest } from '../request/request.ts';
import { stdinReaders } from '../request/stdin-readers.ts';
import { commandText, filesOf, isLook, logsInByPassword, namesFiles, namesTargets } from '../request/work.ts';
import { CHECK_RULES, isUnchecked } from './checks.ts';
import { DELETE_RULES } from './deletes.ts';
import { LOOK_RULES } from './looks.ts';
import { PATH_RULES } from './paths.ts';
import { RELEASE_RULES } from './releases.ts';
import { ROLLOUT_RULES } from './rollouts.ts';
import type { Asked, Refusal, Rule } from './rule.ts';
import { XATTR_RULES } from './xattrs.ts';

/** The first broken rule. For a command line, yargs has already reported those in `PAIRS`. */
export function refusalOf(asked: Asked): Refusal | undefined {
  return ALL_RULES.find(({ isBroken }) => isBroken(asked)) ?? brokenPair(asked) ?? sharedStdin(asked.request);
}

/** Fields that exclude each other, if both say something. */
export const PAIRS: readonly { readonly fields: readonly [Field, Field]; readonly hint: string }[] = [
  { fields: ['connect.isPasswordAsked', 'connect.keyFile'], hint: 'log in with one of them' },
  { fields: ['connect.passwordFile', 'connect.keyFile'], hint: 'log in with one of them' },
  {
    fields: ['connect.isPasswordAsked', 'connect.passwordFile'],
    hint: '-p asks for the password, --password-file reads it: one of them is enough',
  },
  {
    fields: ['lock.mayGoWithout', 'lock.waitMs'],
    hint: '-t goes on at once without the locks that are refused; --lock-wait wants them all',
  },
  {
    fields: ['show.fold', 'show.json'],
    hint: 'a JSON line tells its node; lines that are equal can be counted by their body',
  },
  {
    fields: ['work.sendsAll', 'work.comparesContents'],
    hint: 'files that go to every node in any case are not compared',
  },
  { fields: ['show.fold', 'show.serial'], hint: 'leave out -l: folded output is never mixed' },
];

/** `-C, -U and -S`: the modes that fit, by their options or names. */
export function modesThat(fits: (mode: ModeTraits) => boolean, by: 'option' | 'name' = 'option'): string {
  const names = Object.values(MODES).flatMap((mode) => (fits(mode) ? [mode[by]] : []));
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

/** The modes that work under a lock, for messages about options: `-C, -U, -S and -L`. */
export const LOCKING_MODES = modesThat(({ locks }) => locks !== 'nothing');

const runsCommand = ({ runsCommands }: ModeTraits) => runsCommands === true;
const isInquiry = ({ locks }: ModeTraits) => locks === 'nothing';
/** A command or files: work that could fail on a node. */
const worksOnNodes = ({ takes }: ModeTraits) => takes === 'command' || takes === 'files' || takes === 'paths';

const RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { targets }, isInSession }) => !isInSession && !namesTargets(targets),
    request: 'targets: there are none',
    line: 'no targets',
    hint: 'give -o HOST, -o ./FILE, or -s to read them from stdin',
  },
  {
    isBroken: ({ request: { work } }) => work.mode === 'command' && commandText(work).trim() === '',
    request: 'work.text: it is empty',
    line: '-C needs a command',
    hint: 'write it after the options: -C uptime',
  },
  {
    isBroken: ({ request: { work } }) => work.mode === 'upload' && !namesFiles(work),
    request: 'work.files: there are none',
    line: '-U needs files',
    hint: 'write them after the options: -r DIR -U FILE…, or name a list of them: --files-from LIST',
  },
  ...PATH_RULES,
  {
    isBroken: ({ request: { work } }) => filesOf(work).includes(''),
    request: 'work.files: a name is empty',
    line: 'a file name is empty',
    hint: 'is a variable of your script unset?',
  },
  {
    isBroken: ({ request: { work } }) => work.mode === 'lock' && work.program[0] === '',
    request: 'work.program: its name is empty',
    line: 'the name of the program is empty',
    hint: 'is a variable of your script unset?',
  },
  {
    isBroken: ({ request: { work } }) => work.mode === 'sync' && !work.isPlain && work.stdin !== undefined,
    request: 'work.stdin: the stdin of a sync tool carries the sync protocol',
    line: '-i goes with -C, or with -S -m',
    hint: 'the stdin of a sync tool carries the sync protocol',
  },
  {
    isBroken: ({ request: { work } }) =>
      work.mode === 'sync' && !work.isPlain && (work.timeoutMs !== undefined || work.isFailFast),
    request: 'work: timeoutMs and isFailFast go with a plain command',
    line: '--timeout and --fail-fast go with -C, or with -S -m',
    hint: 'a sync tool that fails ends the others anyway; --barrier-timeout limits how long they wait for one',
  },
  {
    isBroken: ({ request: { connect } }) => logsInByPassword(connect) && connect.transport === 'openssh',
    request: 'connect: a password goes with transport ssh2 alone',
    line: '-p and --password-file do not go with --transport openssh',
    hint: 'log in with a key there, or leave --transport out',
  },
  {
    isBroken: ({ request: { connect } }) => logsInByPassword(connect) && connect.hostKeyChecking === 'no',
    request: 'connect: a password needs host keys that are checked',
    line: '-p and --password-file need host keys that are checked',
    hint: 'with no check anybody could take the password: use accept-new or yes',
  },
  {
    isBroken: ({ request: { lock, work } }) =>
      isInquiry(modeOf(work)) && (lock.kind === 'none' || lock.mayGoWithout),
    request: `lock: ${modesThat(isInquiry, 'name')} take none, and so cannot go without`,
    line: `-y and -t do not go with ${modesThat(isInquiry)}`,
    hint: 'leave them out: these modes take no lock',
  },
  {
    isBroken: ({ request: { lock, work } }) => lock.kind === 'none' && work.mode === 'lock',
    request: 'lock.kind: there is no lock to hold',
    line: '-y leaves out the lock, which -L and jobs hold',
    hint: 'leave out -y',
  },
  {
    isBroken: ({ request: { lock, work } }) =>
      (isInquiry(modeOf(work)) || lock.kind === 'none') &&
      (lock.waitMs > 0 || lock.kind === 'shared' || lock.reason !== ''),
    request: 'lock: waitMs, shared and reason need a lock',
    line: '--lock-wait, --lock-shared and --lock-reason need a lock',
    hint: `leave them out, or leave out -y, ${modesThat(isInquiry).replace(' and ', ' or ')}`,
  },
  {
    isBroken: ({ request: { lock, work } }) =>
      lock.kind === 'shared' && modeOf(work).locks === 'exclusive' && !isLook(work),
    request: `lock.kind: ${modesThat(({ locks }) => locks === 'exclusive', 'name')} are never among readers`,
    line: `--lock-shared goes with ${modesThat(({ locks }) => locks === 'may-share')} only`,
    hint: `${modesThat(({ locks }) => locks === 'exclusive')} change the nodes, and so are never among readers; with --dry-run or --audit they always are`,
  },
  {
    isBroken: ({ request }) => {
      const hasOutput = modeOf(request.work).runsCommands !== false && !isUnchecked(request);
      return !hasOutput && (request.show.fold !== undefined || request.show.outdir !== undefined);
    },
    request: `show: fold and outdir go with ${modesThat(runsCommand, 'name')}, or an upload with a checkCommand`,
    line: `--fold and --outdir go with ${modesThat(runsCommand)}, or with -U --check-cmd`,
    hint: 'leave it out: nothing else shows output of commands',
  },
  {
    isBroken: ({ request: { show, work } }) => show.failedTo !== undefined && !worksOnNodes(modeOf(work)),
    request: `show.failedTo: it goes with ${modesThat(worksOnNodes, 'name')}`,
    line: `--failed-to goes with ${modesThat(worksOnNodes)}`,
    hint: 'leave it out: no other mode has nodes whose work could fail',
  },
];

const ALL_RULES: readonly Rule[] = [
  ...RULES,
  ...LOOK_RULES,
  ...DELETE_RULES,
  ...RELEASE_RULES,
  ...CHECK_RULES,
  ...ROLLOUT_RULES,
  ...XATTR_RULES,
];

function brokenPair({ request }: Asked): Refusal | undefined {
  const pair = PAIRS.find(({ fields }) => fields.every((field) => saysSomething(request, field)));
  if (pair === undefined) return undefined;
  const message = `${pair.fields.join(' and ')} exclude each other`;
  return { request: message, line: message, hint: pair.hint };
}

function saysSomething(request: RunRequest, field: Field): boolean {
  const [section, name = ''] = field.split('.');
  const fields = request[section as keyof RunRequest] as unknown as Readonly<Record<string, unknown>>;
  return Boolean(fields[name]);
}

/** Two readers of one stdin would each get a part of it. */
function sharedStdin(request: RunRequest): Refusal | undefined {
  const readers = stdinReaders(request);
  if (readers.length < 2) return undefined;
  const told = (names: readonly string[]) => `${names.join(' and ')} would both read stdin`;
  return {
    request: told(readers.map(({ field }) => field)),
    line: told(readers.map(({ option }) => option)),
    hint: 'put one of them into a file',
  };
}

/** A command line that was read and checked, as the request that it stands for. Pure. */
import { MODES } from '../run/modes/modes.ts';
import type { LockWish, Mode, RunRequest, Show, WorkRequest } from '../run/request.ts';
import type { ParsedLine } from './combinations.ts';
import { nodePath } from './node-path.ts';
import type { OptionValues } from './table.ts';
import { readTimes } from './timing.ts';
import { runsPlainCommand } from './without-effect.ts';

/** `asOrgalorg`: under that name scripts find words and places as they know them. Throws LockstepError `usage`. */
export function toRequest(line: ParsedLine, asOrgalorg: boolean): RunRequest {
  const { mode, values, words } = line;
  const root = values.root === undefined ? undefined : nodePath(values.root, '-r');
  return {
    version: 1,
    targets: { hosts: values.host, areOnStdin: values['read-stdin'], user: values.user },
    connect: {
      keyFile: values.key,
      isPasswordAsked: values.password,
      hostKeyChecking: values['strict-host-key-checking'],
      knownHostsFile: values['known-hosts'],
      atOnce: values.threads,
      mayLeaveOut: values['no-conn-fail'],
      asRoot: values.sudo,
    },
    lock: toLock(mode, values, root),
    times: readTimes(values),
    show: { ...toShow(values), asOrgalorg },
    work: WORKS[mode]({ values, words, root, asOrgalorg }),
  };
}

function toLock(mode: Mode, values: OptionValues, root: string | undefined): LockWish {
  const file = values['lock-file'];
  return {
    kind: values['no-lock'] ? 'none' : values['lock-shared'] ? 'shared' : 'exclusive',
    path: file === undefined ? root : nodePath(file, '--lock-file'),
    makes: file !== undefined ? 'file' : MODES[mode].changesFiles ? 'directory' : 'none',
    waitMs: values['lock-wait'] ?? 0,
    reason: values['lock-reason'] ?? '',
    mayGoWithout: values['no-lock-fail'],
  };
}

function toShow(values: OptionValues): Omit<Show, 'asOrgalorg'> {
  const { json, quiet, serial, fold, outdir } = values;
  const theme = chooseTheme(values);
  return {
    json,
    quiet,
    verbose: Math.min(2, values.verbose),
    serial,
    color: values.color,
    barFormat: theme ?? values['bar-format'],
    logFormat: theme ?? values['log-format'],
    fold,
    outdir,
    failedTo: values['failed-to'],
  };
}

interface Given {
  readonly values: OptionValues;
  readonly words: readonly string[];
  readonly root: string | undefined;
  readonly asOrgalorg: boolean;
}

const WORKS: { readonly [M in Mode]: (given: Given) => Extract<WorkRequest, { readonly mode: M }> } = {
  command: (given) => ({ mode: 'command', text: given.words.join(' '), ...ofCommand('command', given) }),
  upload: (given) => ({ mode: 'upload', files: given.words, ...ofFiles(given) }),
  sync: (given) => ({
    mode: 'sync',
    ...ofCommand('sync', given),
    ...ofFiles(given),
    files: given.values['no-upload'] ? [] : given.words,
    command: given.values['sync-cmd'],
    arguments: given.values.arg,
    isPlain: given.values.simple,
    // Scripts of orgalorg find the uploaded files where it leaves them.
    staysStaged: given.values['keep-staged'] || given.asOrgalorg,
  }),
  lock: ({ words }) => ({ mode: 'lock', program: words }),
  'lock-status': () => ({ mode: 'lock-status' }),
  'lock-break': ({ values }) => ({
    mode: 'lock-break',
    run: values['lock-break'] ?? '',
    isConfirmed: values.yes,
  }),
};

function ofCommand(mode: Mode, { values, root }: Given) {
  return {
    directory: root,
    shell: values.shell,
    stdin: runsPlainCommand(mode, values) ? values.stdin : undefined,
    timeoutMs: values.timeout,
    isFailFast: values['fail-fast'],
  };
}

function ofFiles({ values, root }: Given) {
  return {
    directory: root,
    areRelative: values.relative,
    keepsOwner: !values['no-preserve-uid'],
    keepsGroup: !values['no-preserve-gid'],
  };
}

/** A theme for both; light wins over dark, and both over the formats, as in orgalorg. */
function chooseTheme(values: OptionValues): 'light' | 'dark' | undefined {
  if (values['colors-light']) return 'light';
  return values['colors-dark'] ? 'dark' : undefined;
}

/** One table says what cannot be asked for together; a line hears it by its options, a request by its fields. */
import { describe, expect, test } from 'vitest';
import { parseRequest } from '../../../src/run/request/read-request.ts';
import { PAIRS } from '../../../src/run/rules/rules.ts';
import { asked } from '../cli/asked.ts';

interface Broken {
  readonly line: string;
  readonly lineSays: string;
  readonly request: object;
  readonly requestSays: string;
}

const COMMAND = { mode: 'command', text: 'id' };
const SYNC = { mode: 'sync', files: ['f'] };
const STATUS = { mode: 'lock-status' };

const COMBINATIONS: readonly Broken[] = [
  { line: '-C id', lineSays: 'no targets', request: { targets: {} }, requestSays: 'targets: there are none' },
  {
    line: '-o a -C',
    lineSays: '-C needs a command',
    request: { work: { mode: 'command', text: ' ' } },
    requestSays: 'work.text: it is empty',
  },
  {
    line: '-o a -U',
    lineSays: '-U needs files',
    request: { work: { mode: 'upload', files: [] } },
    requestSays: 'work.files: there are none',
  },
  {
    line: '-o a -S f ""',
    lineSays: 'a file name is empty',
    request: { work: { mode: 'sync', files: ['f', ''] } },
    requestSays: 'work.files: a name is empty',
  },
  {
    line: '-o a -L ""',
    lineSays: 'the name of the program is empty',
    request: { work: { mode: 'lock', program: [''] } },
    requestSays: 'work.program: its name is empty',
  },
  {
    line: '-o a --timeout 5 -S f',
    lineSays: '--timeout and --fail-fast go with -C, or with -S -m',
    request: { work: { ...SYNC, timeoutMs: 5_000 } },
    requestSays: 'work: timeoutMs and isFailFast go with a plain command',
  },
  {
    line: '-o a --delete -S --no-upload',
    lineSays: '--delete goes with files',
    request: { work: { mode: 'sync', deletes: true } },
    requestSays: 'work.deletes: there are no files that could stay',
  },
  {
    line: '-o a --delete --audit -U f',
    lineSays: '--delete and --audit exclude each other',
    request: { work: { mode: 'upload', files: ['f'], deletes: true, look: 'audit' } },
    requestSays: 'work.deletes: it does not go with a look that is an audit',
  },
  ...['-S f', '-n true --keep-staged -S f', '-n true -e -S f'].map((line) => ({
    line: `-o a --delete ${line}`,
    lineSays: '--delete goes with files that lockstep itself puts in place',
    request: { work: { ...SYNC, deletes: true } },
    requestSays: 'work.deletes: the files stay in a run directory, which is always new',
  })),
  {
    line: '-o a --xattrs -S f',
    lineSays: '--xattrs goes with files that lockstep itself puts in place',
    request: { work: { ...SYNC, keepsXattrs: true } },
    requestSays: 'work.keepsXattrs: the files go to a run directory first',
  },
  ...['', '-r / ', '-r ./ ', '-r ~ '].map((root) => ({
    line: `-o a --delete ${root}-e -U ./`,
    lineSays: '--delete of . needs -r DIR',
    request: { work: { mode: 'upload', files: ['.'], areRelative: true, deletes: true } },
    requestSays: 'work.deletes: with "." it needs a directory of its own',
  })),
  {
    line: '-o a --yes -U f',
    lineSays: '--yes goes with --delete',
    request: { work: { mode: 'upload', files: ['f'], isConfirmed: true } },
    requestSays: 'work.isConfirmed: it goes with work.deletes',
  },
  {
    line: '-o a -p --strict-host-key-checking no -C id',
    lineSays: '-p and --password-file need host keys that are checked',
    request: { connect: { isPasswordAsked: true, hostKeyChecking: 'no' } },
    requestSays: 'connect: a password needs host keys that are checked',
  },
  {
    line: '-o a -y --lock-status',
    lineSays: '-y and -t do not go with --lock-status, --lock-break and --list',
    request: { lock: { kind: 'none' }, work: STATUS },
    requestSays: 'lock: lock-status, lock-break and list take none',
  },
  {
    line: '-o a -y -L',
    lineSays: '-y leaves out the lock, which -L and jobs hold',
    request: { lock: { kind: 'none' }, work: { mode: 'lock' } },
    requestSays: 'lock.kind: there is no lock to hold',
  },
  {
    line: '-o a --lock-reason why --lock-status',
    lineSays: '--lock-wait, --lock-shared and --lock-reason need a lock',
    request: { lock: { reason: 'why' }, work: STATUS },
    requestSays: 'lock: waitMs, shared and reason need a lock',
  },
  {
    line: '-o a --lock-shared -S f',
    lineSays: '--lock-shared goes with -C, --download, --releases and -L only',
    request: { lock: { kind: 'shared' }, work: SYNC },
    requestSays: 'lock.kind: upload, sync and rollback are never among readers',
  },
  {
    line: '-o a --outdir d -U f',
    lineSays: '--fold and --outdir go with -C and -S, or with -U --check-cmd',
    request: { show: { outdir: 'd' }, work: { mode: 'upload', files: ['f'] } },
    requestSays: 'show: fold and outdir go with command and sync, or an upload with a checkCommand',
  },
  {
    line: '-o a --failed-to f -L',
    lineSays: '--failed-to goes with -C, -U, -S and --download',
    request: { show: { failedTo: 'f' }, work: { mode: 'lock' } },
    requestSays: 'show.failedTo: it goes with command, upload, sync and download',
  },
  {
    line: '-o a -s -i /dev/stdin -C id',
    lineSays: '-s and -i /dev/stdin would both read stdin',
    request: { targets: { hosts: ['a'], areOnStdin: true }, work: { ...COMMAND, stdin: '/dev/stdin' } },
    requestSays: 'targets.areOnStdin and work.stdin would both read stdin',
  },
  {
    line: '-o a --files-from - --exclude-from /dev/stdin -U',
    lineSays: '--files-from - and --exclude-from /dev/stdin would both read stdin',
    request: { work: { mode: 'upload', filesFrom: '-', excludesFrom: ['/dev/stdin'] } },
    requestSays: 'work.filesFrom and work.excludesFrom would both read stdin',
  },
  {
    line: '-o a -p -k id -C id',
    lineSays: '-p and -k exclude each other',
    request: { connect: { isPasswordAsked: true, keyFile: 'id' } },
    requestSays: 'connect.isPasswordAsked and connect.keyFile exclude each other',
  },
  {
    line: '-o a --password-file f -k id -C id',
    lineSays: '--password-file and -k exclude each other',
    request: { connect: { passwordFile: 'f', keyFile: 'id' } },
    requestSays: 'connect.passwordFile and connect.keyFile exclude each other',
  },
  {
    line: '-o a -p --password-file f -C id',
    lineSays: '-p and --password-file exclude each other',
    request: { connect: { isPasswordAsked: true, passwordFile: 'f' } },
    requestSays: 'connect.isPasswordAsked and connect.passwordFile exclude each other',
  },
  {
    line: '-o a --password-file f --strict-host-key-checking no -C id',
    lineSays: '-p and --password-file need host keys that are checked',
    request: { connect: { passwordFile: 'f', hostKeyChecking: 'no' } },
    requestSays: 'connect: a password needs host keys that are checked',
  },
  {
    line: '-o a --password-file f --transport openssh -C id',
    lineSays: '-p and --password-file do not go with --transport openssh',
    request: { connect: { passwordFile: 'f', transport: 'openssh' } },
    requestSays: 'connect: a password goes with transport ssh2 alone',
  },
  {
    line: '-s --password-file - -C id',
    lineSays: '-s and --password-file - would both read stdin',
    request: { targets: { areOnStdin: true }, connect: { passwordFile: '-' } },
    requestSays: 'targets.areOnStdin and connect.passwordFile would both read stdin',
  },
  {
    line: '-o a -i /dev/stdin --password-file /dev/stdin -C id',
    lineSays: '-i /dev/stdin and --password-file /dev/stdin would both read stdin',
    request: { connect: { passwordFile: '/dev/stdin' }, work: { ...COMMAND, stdin: '/dev/stdin' } },
    requestSays: 'work.stdin and connect.passwordFile would both read stdin',
  },
  {
    line: '-o a -t --lock-wait -C id',
    lineSays: '-t and --lock-wait exclude each other',
    request: { lock: { mayGoWithout: true, waitMs: 1 } },
    requestSays: 'lock.mayGoWithout and lock.waitMs exclude each other',
  },
  {
    line: '-o a --fold --json -C id',
    lineSays: '--fold and --json exclude each other',
    request: { show: { fold: 'same', json: true } },
    requestSays: 'show.fold and show.json exclude each other',
  },
  {
    line: '-o a --fold -l -C id',
    lineSays: '--fold and -l exclude each other',
    request: { show: { fold: 'same', serial: true } },
    requestSays: 'show.fold and show.serial exclude each other',
  },
  {
    line: '-o a --send-all --checksum -U f',
    lineSays: '--send-all and --checksum exclude each other',
    request: { work: { mode: 'upload', files: ['f'], sendsAll: true, comparesContents: true } },
    requestSays: 'work.sendsAll and work.comparesContents exclude each other',
  },
  {
    line: '-o a --dry-run --send-all -U f',
    lineSays: '--send-all does not go with --dry-run and --audit',
    request: { work: { mode: 'upload', files: ['f'], look: 'dry-run', sendsAll: true } },
    requestSays: 'work.sendsAll: with work.look nothing is sent',
  },
];

const refusal = async (read: () => unknown) => {
  try {
    await read();
  } catch (error) {
    return error;
  }
  return 'taken';
};

describe('what cannot be asked for together', () => {
  test.each(COMBINATIONS)('$line is refused, and so is the request: $requestSays', async (broken) => {
    const argv = broken.line.split(' ').map((word) => (word === '""' ? '' : word));
    expect(await refusal(() => asked(argv))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining(broken.lineSays),
      hint: expect.stringMatching(/./),
    });
    const request = { version: 1, targets: { hosts: ['a'] }, work: COMMAND, ...broken.request };
    expect(await refusal(() => parseRequest(JSON.stringify(request)))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining(broken.requestSays),
    });
  });

  test('a sync tool has no stdin but the protocol: a request is refused, a line of orgalorg goes without', async () => {
    const request = { version: 1, targets: { hosts: ['a'] }, work: { ...SYNC, stdin: 'f' } };
    expect(() => parseRequest(JSON.stringify(request))).toThrow('work.stdin: the stdin of a sync tool');
    expect((await asked(['-o', 'a', '-i', 'f', '-S', 'f'])).work).toMatchObject({ stdin: undefined });
  });

  test('every pair of fields that exclude each other is in this table', () => {
    const shown = COMBINATIONS.map(({ requestSays }) => requestSays);
    for (const { fields } of PAIRS) expect(shown).toContain(`${fields.join(' and ')} exclude each other`);
  });
});

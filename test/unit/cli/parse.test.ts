import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table/table.ts';
import { type Mode, requestSchema } from '../../../src/run/request/request.ts';
import { asked } from './asked.ts';

const run = (...argv: string[]) => asked(argv);

/** A line on which an option may stand, by what the row says that it is of. */
const LINES = {
  commands: ['-o', 'a', '-C', 'id'],
  files: ['-o', 'a', '-U', 'f'],
  questions: ['-o', 'a', '--lock-break=r1'],
  upload: ['-o', 'a', '-U', 'f'],
  sync: ['-o', 'a', '-S', 'f'],
  traffic: ['-o', 'a', '-U', 'f'],
  download: ['-o', 'a', '--download', '/var/log'],
  'lock-break': ['-o', 'a', '--lock-break=r1'],
} as const;

const MODE_LINES = {
  command: ['-C', 'id'],
  upload: ['-U', 'f'],
  sync: ['-S', 'f'],
  download: ['--download', '/var/log'],
  rollback: ['-r/a', '--rollback'],
  releases: ['-r/a', '--releases'],
  lock: ['-L', 'sh'],
  'lock-status': ['--lock-status'],
  'lock-break': ['--lock-break=r1'],
  list: ['--list'],
} satisfies Record<Mode, readonly string[]>;

/** What an option does not go without. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'work.showsDiff': ['--dry-run'],
  'rollout.maxFailures': ['--order=b'],
};

/** With a value that is no default. */
function written({ long, argument, choices, kind, min = 0 }: OptionRow): string {
  if (argument === undefined) return `--${long}`;
  if (argument === 'N|P%') return `--${long}=7`;
  const number = kind === 'bytes' ? `${min + 7}` : kind === 'count' ? '7' : '7s';
  return `--${long}=${choices?.at(-1) ?? (kind === undefined ? 'given' : number)}`;
}

/** The fields that are not the same. */
function differences(before: object, after: object): string[] {
  const flat = (request: object) =>
    Object.entries(request).flatMap(([section, fields]) =>
      Object.entries(fields as object).map(([name, value]) => [`${section}.${name}`, JSON.stringify(value)]),
    );
  const values = new Map(flat(before) as [string, string][]);
  return flat(after).flatMap(([field = '', value]) => (values.get(field) === value ? [] : [field]));
}

describe('parseArguments', () => {
  it('gives every option the default that the schema of a request has, too', async () => {
    const request = await run('-o', 'a', '-C', 'uptime');
    const least = { version: 1, targets: { hosts: ['a'] }, work: { mode: 'command', text: 'uptime' } };
    expect(JSON.parse(JSON.stringify(request))).toEqual(requestSchema.parse(least));
  });

  const rows: readonly OptionRow[] = OPTION_TABLE;
  it.each(
    rows.flatMap((row) =>
      row.field === undefined || row.long === row.of ? [] : [[row.field, row] as const],
    ),
  )('puts into %s what its option says, and changes nothing else', async (field, row) => {
    const isSwitch = row.long === 'switch';
    const isOfReleases = isSwitch || /^work\.(?:releasesKept|linksEqual)$/.test(field);
    const release = isSwitch ? ['-o', 'a', '-r/a', '-U', 'f'] : ['-o', 'a', '-r/a', '--switch', '-U', 'f'];
    const base = isOfReleases ? release : (LINES[row.of as keyof typeof LINES] ?? LINES.commands);
    const line = base.toSpliced(2, 0, ...(BESIDE[field] ?? []));
    const [host = '', name = '', ...rest] = line;
    const given = await run(host, name, written(row), ...rest);
    // Who may be asked for the password of sudo works by sudo.
    const implied = /sudoPassword/i.test(field) ? ['connect.asRoot'] : [];
    expect(differences(await run(...line), given).toSorted()).toEqual([...implied, field]);
    const plain = JSON.parse(JSON.stringify(given));
    expect(requestSchema.parse(plain)).toEqual(plain);
  });

  it.each(Object.entries(MODE_LINES))(
    'asks by %s for all that the schema has for it',
    async (mode, words) => {
      const { work } = JSON.parse(JSON.stringify(await run('-o', 'a', ...words)));
      const schema = requestSchema.parse({ version: 1, work });
      expect(schema.work).toEqual({ ...work, mode });
    },
  );

  it('carries every option to its field', async () => {
    const line =
      '-o a -oroot@b:2 -s -u me -k ./id -d 5 --strict-host-key-checking no --known-hosts ./kh -x -t -w';
    const more =
      '--lock-file /l -r /srv -e -m -i ./in -g -a -g= -g --keep-staged --no-preserve-uid --no-preserve-gid';
    const rest =
      '-l -q -vvv --json --color never -c 1 -a 4s -z 3 --kill-grace 0 --barrier-timeout 1h --rollback-grace 1.5s';
    const argv = `${line} ${more} ${rest}`.split(' ');
    const request = await run(...argv, '--shell', '', '-n', '"a b" && c', '-S', 'f', '-e');
    expect(request).toMatchObject({
      targets: { hosts: ['a', 'root@b:2'], areOnStdin: true, user: 'me' },
      connect: {
        keyFile: './id',
        atOnce: 5,
        hostKeyChecking: 'no',
        knownHostsFile: './kh',
        asRoot: true,
        mayLeaveOut: true,
      },
      lock: { kind: 'exclusive', path: '/l', makes: 'file', mayGoWithout: true },
      show: { serial: true, quiet: true, verbose: 2, json: true, color: 'never' },
      times: {
        connectTimeoutMs: 1,
        keepAliveMs: 4_000,
        receiveTimeoutMs: 3,
        killGraceMs: 0,
        barrierTimeoutMs: 3_600_000,
        rollbackGraceMs: 1_500,
      },
      work: {
        mode: 'sync',
        files: ['f', '-e'],
        directory: '/srv',
        areRelative: true,
        isPlain: true,
        stdin: './in',
        arguments: ['-a', '=', '--keep-staged'],
        keepsOwner: false,
        keepsGroup: false,
        shell: '',
        command: '"a b" && c',
      },
    });
    expect(requestSchema.parse(JSON.parse(JSON.stringify(request)))).toEqual(
      JSON.parse(JSON.stringify(request)),
    );
    expect(await run('-o', 'a', '--keep-staged', '-S', 'f')).toMatchObject({ work: { staysStaged: true } });
    expect(await run('-o', 'a', '-y', '--no-upload', '-S')).toMatchObject({
      lock: { kind: 'none' },
      work: { files: [] },
    });
  });

  it.each([
    ['-h', 'help'],
    ['-o a -C --help', 'help'],
    ['-xh -S', 'help'],
    ['--help word', 'help'],
    ['-V', 'version'],
    ['-L --version', 'version'],
    ['-hV', 'help'],
  ])('answers %s although the line is incomplete', async (line, kind) => {
    expect(await parseArguments(line.split(' '))).toEqual({ kind });
  });

  it('leaves -h behind the first word to the command', async () => {
    expect(await run('-o', 'a', '-C', 'id', '-h')).toMatchObject({ work: { text: 'id -h' } });
  });

  it.each([
    ['-o a -s -C id', { targets: { hosts: ['a'], areOnStdin: true } }],
    ['-o a -r /etc -L', { lock: { path: '/etc', makes: 'none' }, work: { mode: 'lock', program: [] } }],
    ['-o a -L -- ./x.sh -C -- y', { work: { mode: 'lock', program: ['./x.sh', '-C', '--', 'y'] } }],
    ['-o a -L sh -c true', { work: { mode: 'lock', program: ['sh', '-c', 'true'] } }],
    ['-o a -U f', { work: { mode: 'upload', files: ['f'], directory: undefined } }],
    ['-o a -U -- -f', { work: { mode: 'upload', files: ['-f'] } }],
    ['-o a -r rel -U f', { work: { directory: 'rel' }, lock: { path: 'rel', makes: 'directory' } }],
    ['-o a -q --json -l -S f', { show: { quiet: true, json: true, serial: true } }],
    ['-o a --bar-format x --log-format dark -C id', { show: { barFormat: 'x', logFormat: 'dark' } }],
    ['-o a --colors-dark --bar-format x -C id', { show: { barFormat: 'dark', logFormat: 'dark' } }],
    ['-o a --colors-dark --colors-light -C id', { show: { barFormat: 'light', logFormat: 'light' } }],
    [
      '-o a -r /x -r /y -x --sudo -C -C id',
      { connect: { asRoot: true }, work: { mode: 'command', directory: '/y' } },
    ],
    ['-o a -S', { work: { mode: 'sync', files: [] } }],
    ['-s -i /dev/stdin -S f', { targets: { areOnStdin: true }, work: { stdin: undefined } }],
  ])('accepts more than orgalorg, and all that it did: %s', async (line, expected) => {
    expect(await run(...line.split(' '))).toMatchObject(expected);
  });

  it.each<[string, RegExp, RegExp]>([
    ['', /^no mode/, /lockstep -o HOST -C/],
    ['-o a', /^no mode/, /-C/],
    ['web1 -C id', /^no mode/, /options end at the first word, 'web1'/],
    ['-w web1 -C id', /^no mode/, /targets are -o HOST/],
    ['-o a -l root -C id', /^no mode/, /login user is -u/],
    ['-o a -C -S id', /^-C and -S exclude/, /one mode/],
    ['-C id', /^no targets/, /-o HOST/],
    ['-o a -C', /^-C needs a command/, /after the options/],
    ['-o a -C --', /^-C needs a command/, /after the options/],
    ['-o a -r /x -U', /^-U needs files/, /FILE/],
    ['-o a --no-upload -S f', /^--no-upload goes without/, /leave out/],
    ['-o a --no-upload -U f', /^--no-upload goes with -S/, /-C/],
    ['-o a -g x -C id', /^-g goes with -S/, /behind the command/],
    ['-o a --keep-staged -U f', /^--keep-staged goes/, /destination/],
    ['-o a -y -L', /^-y leaves out the lock/, /leave out -y/],
    ['-s -i /dev/stdin -C id', /^-s and -i \/dev\/stdin would both read stdin/, /file/],
    ['-s -o /dev/stdin -C id', /would both read stdin/, /file/],
    ['-o a -d 0 -C id', /--threads given invalid value/, /from 1/],
    ['-o a -d -1 -C id', /--threads given invalid value/, /from 1/],
    ['-o a -d 1e3 -C id', /--threads given invalid value/, /from 1/],
    ['-o a --color blue -C id', /--color does not take 'blue'/, /auto, always, never/],
    ['-o a --strict-host-key-checking off -C id', /does not take 'off'/, /accept-new/],
    ['-o a --root= -C id', /value of --root is empty/, /unset/],
    ['-o a -p 2222 -C id', /^no mode/, /-o HOST:PORT/],
    ['-o a -p --strict-host-key-checking no -C id', /^-p and --password-file need host keys/, /accept-new/],
    ['-o a -p -k ~/.ssh/id -C id', /^-p and -k exclude each other/, /one of them/],
    ['-o a -c wazup -C id', /can't convert specified connection timeout to number: 'wazup'/, /milliseconds/],
    ['-o a -j 8d -C id', /send timeout to number: '8d'/, /milliseconds/],
    ['-o a --lock-break r1 --lock-break r2', /^--lock-break and --lock-break exclude/, /one mode/],
    ['-o a --heartbeat soon -C id', /--heartbeat takes a time/, /10s/],
    ['-o a --lease 999h -C id', /out of bounds/, /168h/],
  ])('refuses %j and says what to do', async (line, message, hint) => {
    const argv = line.split(' ').filter((word) => word !== '');
    await expect(parseArguments(argv)).rejects.toMatchObject({
      code: 'usage',
      exitCode: 64,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it.each([
    ['-r', '/a\nb'],
    ['--lock-file', '/a\0b'],
  ])('refuses a line break in %s: it would travel to the nodes', async (option, value) => {
    await expect(parseArguments(['-o', 'a', option, value, '-C', 'id'])).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('refuses an empty file name', async () => {
    await expect(parseArguments(['-o', 'a', '-U', 'f', ''])).rejects.toMatchObject({
      message: 'a file name is empty',
    });
  });
});

/** Configurations of ssh with everything in them that decides: patterns, negations, Match, Include, quotes, tokens, wrong values. */
import fc from 'fast-check';

export interface Case {
  /** By their names; `config` is the one that is read, the others are included. */
  readonly files: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly host: string;
}

const HOSTS = ['web1', 'web2', 'WEB1', 'db', 'db.east', 'gw', 'a.b.c', '10.0.0.7', 'x'];
const USERS = ['ann', 'bob', 'root', 'deploy'];

const host = fc.constantFrom(...HOSTS);
const user = fc.constantFrom(...USERS);
const pattern = fc.oneof(
  { weight: 4, arbitrary: host },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '*',
      'web*',
      'web?',
      '*1',
      '??',
      'd*.*st',
      '*.*',
      '10.*',
      'w*b*1',
      'W*',
      '*b**1',
    ),
  },
);
const negatable = fc
  .tuple(fc.boolean(), fc.boolean(), pattern)
  .map(([one, two, text]) => (one && two ? `!${text}` : text));
const patternList = fc.array(negatable, { minLength: 1, maxLength: 3 }).map((list) => list.join(','));
const yesNo = fc.constantFrom('yes', 'no', 'YES', 'true', 'False');
const time = fc.constantFrom('5', '1m', '1m30s', '2H', '0', 'none', '1w2d');
const path = fc.constantFrom(
  '~/.ssh/id_a',
  '~/k_%h',
  '/k/%%%r@%n:%p',
  '/k/id',
  '"/with blank/%u"',
  '~root/k',
  '${ORACLE}/k',
  'none',
  '%d/x',
  '/k/%C',
  '/k/%L-%i-%k-%l',
);
const algorithms = (names: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom('', '+', '-', '^'),
      fc.shuffledSubarray([...names], { minLength: 1, maxLength: 3 }),
    )
    .map(([sign, list]) => `${sign}${list.join(',')}`);

/** What may stand behind each keyword. */
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  HostName: fc.constantFrom(
    '%h.example.org',
    '10.1.2.3',
    'Real.Host',
    '%%h',
    'web1',
    'fe80::1',
    '"quoted"',
    'gw',
  ),
  User: user,
  Port: fc.constantFrom('22', '2222', '1', '65535', 'ssh'),
  IdentityFile: path,
  CertificateFile: path.filter((one) => one !== 'none'),
  IdentitiesOnly: yesNo,
  IdentityAgent: fc.constantFrom('none', 'SSH_AUTH_SOCK', '$ORACLE', '${ORACLE}/a', '~/agent', '/run/%u/%h'),
  ProxyJump: fc.constantFrom(
    'none',
    'gw',
    'ann@gw:2222',
    'a,b',
    'x@a:1,b,y@c',
    'ssh://u@gw:7',
    '[fe80::1]:22',
  ),
  ProxyCommand: fc.constantFrom('none', 'nc %h %p', 'ssh -W "%h:%p" gw # no comment', '= nc %r'),
  HostKeyAlias: fc.constantFrom('Alias', 'other'),
  UserKnownHostsFile: fc.constantFrom('~/.ssh/kh', '/a /b', '"/a"  /%h', 'none', '${ORACLE}'),
  GlobalKnownHostsFile: fc.constantFrom('/etc/a', '/etc/a /etc/b', 'none'),
  StrictHostKeyChecking: fc.constantFrom('yes', 'no', 'ask', 'accept-new', 'off', 'Yes'),
  HashKnownHosts: yesNo,
  ConnectTimeout: time,
  ConnectionAttempts: fc.constantFrom('1', '3'),
  ServerAliveInterval: time,
  ServerAliveCountMax: fc.constantFrom('0', '3', '7'),
  AddressFamily: fc.constantFrom('any', 'inet', 'INET6'),
  BindAddress: fc.constantFrom('127.0.0.1', 'localhost'),
  Ciphers: algorithms(['aes128-ctr', 'aes256-ctr', 'aes128-gcm@openssh.com', 'aes256-cbc', '3des-cbc']),
  KexAlgorithms: algorithms(['curve25519-sha256', 'ecdh-sha2-nistp256', 'diffie-hellman-group1-sha1']),
  MACs: algorithms(['hmac-sha2-256', 'hmac-sha1', 'hmac-md5']),
  HostKeyAlgorithms: fc.oneof(
    algorithms(['ssh-ed25519', 'rsa-sha2-512', 'ssh-rsa', 'ssh-dss']),
    fc.constantFrom('-ecdsa*', '-*cert*', '+ssh-*'),
  ),
  PreferredAuthentications: fc.constantFrom('publickey', 'password,publickey'),
  PubkeyAuthentication: fc.oneof(yesNo, fc.constantFrom('unbound', 'host-bound')),
  PasswordAuthentication: yesNo,
  KbdInteractiveAuthentication: yesNo,
  ChallengeResponseAuthentication: yesNo,
  NumberOfPasswordPrompts: fc.constantFrom('0', '3'),
  SendEnv: fc.constantFrom('LANG', 'LANG LC_*', '-LC_*', '-L*', 'A B C'),
  SetEnv: fc.constantFrom('A=1', 'A=1 B=2', 'A=1 A=2', '"A=x y"'),
  LogLevel: fc.constantFrom('QUIET', 'debug', 'DEBUG1', 'Debug3', 'info'),
  ForwardAgent: yesNo,
  Tunnel: fc.constantFrom('no'),
};

const WRONG = [
  'Port 0',
  'Port http-nothing',
  'Port 22 23',
  'StrictHostKeyChecking maybe',
  'ConnectTimeout 5x',
  'IdentitiesOnly perhaps',
  'User',
  'User "open',
  'Match',
  'Match host',
  'Match all host x',
  'Match nothing x',
  'Host ""',
  'SendEnv A=1',
  'SetEnv A',
  'ConnectionAttempts x',
  'LogLevel LOUD',
  'AddressFamily inet4',
  'ProxyJump a:b:c',
  'ProxyJump @a',
  'UserKnownHostsFile /a none',
  'Nonsense yes',
  'NumberOfPasswordPrompts -1',
];

const blank = fc.constantFrom(' ', '  ', '\t', '=', ' = ', '=\t');
const indent = fc.constantFrom('', '  ', '\t');
const caseOf = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.toLowerCase(),
  (text: string) => text.toUpperCase(),
);
const tail = fc.constantFrom('', '', '', ' ', '\t', '\r', ' # said why');

const setting = fc.constantFrom(...Object.keys(VALUES)).chain((keyword) =>
  fc.tuple(indent, caseOf, blank, VALUES[keyword] as fc.Arbitrary<string>, tail).map(
    ([before, change, gap, value, end]) =>
      // What is behind a command belongs to it, and OpenSSH's own reading of `none # …` is a slip.
      `${before}${change(keyword)}${gap}${value}${/^Proxy/.test(keyword) ? '' : end}`,
  ),
);
const hostLine = fc
  .tuple(caseOf, blank, fc.array(negatable, { minLength: 1, maxLength: 4 }), tail)
  .map(([change, gap, patterns, end]) => `${change('Host')}${gap}${patterns.join(' ')}${end}`);
const criterion = fc.oneof(
  patternList.map((list) => `host ${list}`),
  patternList.map((list) => `originalhost ${list}`),
  patternList.map((list) => `!host ${list}`),
  fc.tuple(user, fc.boolean()).map(([name, star]) => `user ${star ? `${name[0]}*` : name}`),
  user.map((name) => `!user ${name}`),
  fc.constantFrom(
    'localuser root',
    '!localuser root',
    'localuser r*,ann',
    'final',
    'canonical',
    '!canonical',
  ),
);
const matchLine = fc
  .tuple(
    fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom('all', 'final all', '!all') },
      {
        weight: 6,
        arbitrary: fc.array(criterion, { minLength: 1, maxLength: 3 }).map((list) => list.join(' ')),
      },
    ),
    tail,
  )
  .map(([criteria, end]) => `Match ${criteria}${end}`);
const include = (names: readonly string[]) =>
  fc.constantFrom(
    ...names.map((name) => `Include @/${name}`),
    'Include @/part*',
    'Include @/nothing @/part?',
    'Include "@/part1"',
  );
const lines = (names: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        { weight: 10, arbitrary: setting },
        { weight: 3, arbitrary: hostLine },
        { weight: 3, arbitrary: matchLine },
        { weight: names.length === 0 ? 0 : 2, arbitrary: names.length === 0 ? setting : include(names) },
        { weight: 1, arbitrary: fc.constantFrom('', '# a comment', '   ', '\t# another') },
      ),
      { maxLength: 18 },
    )
    .map((list) => list.map((line) => `${line}\n`).join(''));

/** `@/` stands for the directory of the files. One in ten has a line that is wrong. */
export const anyCase: fc.Arbitrary<Case> = fc
  .record({
    config: lines(['part1', 'part2']),
    part1: lines(['deep1']),
    part2: lines([]),
    deep1: lines([]),
    wrong: fc.option(fc.constantFrom(...WRONG), { freq: 10, nil: undefined }),
    wrongIn: fc.constantFrom('config', 'part1'),
    options: fc.array(
      fc.constantFrom(
        'User=opt',
        'Port=99',
        'IdentityFile=/opt/k',
        'Compression=yes',
        'SetEnv A=9',
        'HostName=opt-%h',
      ),
      { maxLength: 2 },
    ),
    user: fc.option(user, { freq: 2, nil: undefined }),
    port: fc.option(fc.constantFrom(22, 8022), { freq: 4, nil: undefined }),
    host,
  })
  .map(({ config, part1, part2, deep1, wrong, wrongIn, options, user: name, port, host: given }) => {
    const files: Record<string, string> = { config, part1, part2, deep1 };
    if (wrong !== undefined) files[wrongIn] += `${wrong}\n`;
    return { files, options: options.slice(0, 2), user: name, port, host: given };
  });

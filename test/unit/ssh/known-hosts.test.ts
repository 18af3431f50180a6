// @module-tag slow: left out of npm run test:quick
import { spawnSync } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { utils } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { knownHostName, parseKnownHosts } from '../../../src/ssh/host-keys/known-hosts.ts';
import { KnownHostsIndex } from '../../../src/ssh/host-keys/known-hosts-index.ts';
import { judgeHostKey } from '../../../src/ssh/host-keys/verdict.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

const hash = (name: string, salt: string) =>
  createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
const SALT = Buffer.alloc(20, 7).toString('base64');
const hashed = (name: string) => `|1|${SALT}|${hash(name, SALT)}`;

function publicLine(pem: string | Buffer): string {
  const key = utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

const KEYS = [
  generateKeyPair().public,
  generateKeyPair().public,
  publicLine(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }),
  ),
  publicLine(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
  ),
];
const NAMES = [
  'web1',
  'web2',
  'a.example',
  'b.example',
  '10.0.0.1',
  '::1',
  '[a.example]:2222',
  '[10.0.0.1]:2222',
];
const PATTERNS = [
  '*',
  '*.example',
  'web?',
  '!web2',
  'web*',
  '!*.example',
  '[*]:2222',
  'A.Example',
  '?.?xample',
  '**1',
];

const field = fc.oneof(
  fc
    .array(fc.constantFrom(...NAMES, ...PATTERNS), { minLength: 1, maxLength: 4 })
    .map((names) => names.join(',')),
  fc.constantFrom(...NAMES).map(hashed),
);
const goodLine = fc
  .tuple(
    fc.constantFrom('', '', '', ' ', '@revoked ', '@cert-authority '),
    field,
    fc.constantFrom(' ', '\t', '  '),
    fc.constantFrom(...KEYS),
    fc.constantFrom('', ' a comment', ' web2'),
  )
  .map((parts) => parts.join(''));
const [firstKey = ''] = KEYS;
const badLine = fc.constantFrom(
  '',
  '# web1 is a comment',
  'web1',
  'web1 ssh-ed25519',
  'web1 ssh-ed25519 AAAA',
  `web1 ssh-rsa ${firstKey.split(' ')[1]}`,
  `@unknown web1 ${firstKey}`,
  `@revoked @revoked web1 ${firstKey}`,
  '|1|broken|hash ssh-ed25519 AAAA',
);
const fileText = fc
  .tuple(fc.array(fc.oneof({ weight: 4, arbitrary: goodLine }, badLine), { maxLength: 8 }), fc.boolean())
  .map(([lines, isEnded]) => lines.join('\n') + (isEnded ? '\n' : ''));

/** The numbers of the lines that ssh-keygen finds for a name. */
function linesByKeygen(file: string, name: string): number[] {
  const { stdout } = spawnSync('ssh-keygen', ['-l', '-F', name, '-f', file], { encoding: 'utf8' });
  return [...stdout.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1]));
}

describe('known_hosts', () => {
  it('S1 the entries found for a host in 200 random files are those of ssh-keygen -F', () => {
    const file = join(directory, 'random');
    fc.assert(
      fc.property(fileText, fc.constantFrom(...NAMES), (text, name) => {
        writeFileSync(file, text);
        const index = new KnownHostsIndex(parseKnownHosts(text, file), hash);
        const found = index.all(name).map((entry) => entry.line);
        expect([...new Set(found)].sort((a, b) => a - b)).toEqual(linesByKeygen(file, name));
      }),
      { numRuns: 200 },
    );
  });

  it('the order of questions changes no answer, and some keys are known whenever any is', () => {
    const question = fc.tuple(fc.constantFrom(...NAMES), fc.boolean());
    fc.assert(
      fc.property(fileText, fc.array(question, { maxLength: 12 }), (text, questions) => {
        const entries = parseKnownHosts(text, 'file');
        const shared = new KnownHostsIndex(entries, hash);
        for (const [name, isComplete] of questions) {
          const alone = new KnownHostsIndex(entries, hash).all(name).map((entry) => entry.line);
          const lines = (isComplete ? shared.all(name) : shared.some(name)).map((entry) => entry.line);
          if (isComplete) expect(lines.sort()).toEqual(alone.sort());
          else {
            expect(alone).toEqual(expect.arrayContaining(lines));
            expect(lines.length > 0).toBe(alone.length > 0);
          }
        }
      }),
    );
  });

  it('1,000 hashed hosts, asked in the order of the file, cost about one hash each', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `node${index}`);
    let hashes = 0;
    const counting = (name: string, salt: string) => {
      hashes += 1;
      return hash(name, salt);
    };
    const text = names.map((name) => `${hashed(name)} ${firstKey}`).join('\n');
    const index = new KnownHostsIndex(parseKnownHosts(text, 'file'), counting);
    for (const name of names) expect(index.some(name)).toHaveLength(1);
    expect(hashes).toBeLessThan(3_000);
  });

  it('a name is looked up in lower case, and with its port unless that is 22', () => {
    expect(knownHostName('Web1.Example', 22)).toBe('web1.example');
    expect(knownHostName('::1', 22)).toBe('::1');
    expect(knownHostName('::1', 2222)).toBe('[::1]:2222');
  });

  it('parsing takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseKnownHosts(text, 'file')));
  });
});

describe('the verdict on a host key', () => {
  const blob = (line: string | undefined) => Buffer.from(line?.split(' ')[1] ?? '', 'base64');
  const known = (text: string) => parseKnownHosts(text, 'file');
  const [first, second, ecdsa] = KEYS;

  it.each([
    ['known', 'one line has this key, among others', `h ${second}\nh ${first}`],
    ['new', 'nothing is known', ''],
    ['changed', 'another key of this type is known', `h ${second}`],
    ['changed', 'only a key of another type is known', `h ${ecdsa}`],
    ['revoked', 'this key is revoked, and trusted too', `h ${first}\n@revoked h ${first}`],
    ['known', 'another key is revoked', `h ${first}\n@revoked h ${second}`],
    ['new', 'the only other key is revoked', `@revoked h ${second}`],
    ['authority', 'there is an authority only, even one with this very key', `@cert-authority h ${first}`],
    ['known', 'there is an authority, and the key itself', `@cert-authority h ${second}\nh ${first}`],
  ])('is %s when %s', (kind, _, text) => {
    expect(judgeHostKey(known(text), blob(first)).kind).toBe(kind);
  });

  it('a changed key is compared with the known one of its own type, where there is one', () => {
    const verdict = judgeHostKey(known(`h ${ecdsa}\nh ${second}`), blob(first));
    expect(verdict).toMatchObject({ kind: 'changed', known: { line: 2 } });
  });
});

/** A node is asked what it has: what it cannot or will not tell ends nothing but that, and is waited for no longer than there is hope. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { LIMITS } from '../../../../src/core/limits/limits.ts';
import { OtherBytes } from '../../../../src/run/look/other-bytes.ts';
import { askPaths } from '../../../../src/run/survey/ask-paths.ts';
import { type SurveySettings, surveyAll } from '../../../../src/run/survey/survey-all.ts';
import { AskedList } from '../../../../src/transfer/difference/asked-list.ts';
import type { Difference } from '../../../../src/transfer/difference/difference.ts';
import { SeenReader } from '../../../../src/transfer/difference/seen.ts';
import type { Collection, FileEntry } from '../../../../src/transfer/entry.ts';
import { answeringNode, TOKEN } from './answering-node.ts';

describe('F16: a node that is silent', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([1, 199, 200, 5_000])(
    'is given up, however many paths it was asked about: %i',
    async (length) => {
      const { work, site } = answeringNode(() => undefined);
      const asked = new AskedList({ length, pathAt: (at) => `/srv/${at}` });
      const readAs = () => new SeenReader(asked, () => {});
      const answer = askPaths(work, site, { question: 'stat', asked, readAs, listAs: () => asked });
      const why = answer.catch((error: Error) => error.message);
      await vi.advanceTimersByTimeAsync(LIMITS.stageTimeoutMs + 200_000);
      await expect(why).resolves.toMatch(
        /^it was given up: it was (asked, and said nothing more|not ready for data) for/,
      );
    },
  );
});

/** One file of three bytes, whose time has no fractions: only its bytes decide. */
function oneFile(): Collection & { readonly entry: FileEntry } {
  const directory = mkdtempSync('/tmp/survey-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const source = join(directory, 'f');
  writeFileSync(source, 'abc');
  utimesSync(source, 1e9, 1e9);
  const { mtimeNs, dev, ino } = statSync(source, { bigint: true });
  const facts = { mode: 0o100644, uid: 0, gid: 0, mtimeNs, size: 3, dev, ino };
  const entry: FileEntry = { type: 'file', member: 'f', source, ...facts };
  return {
    entries: [entry],
    roots: ['f'],
    isAbsolute: false,
    base: '',
    bytes: 3,
    files: 1,
    leftOut: [],
    entry,
  };
}

const SEEN =
  '81a4 0 0 3 1 1 1 1000000000 2001-09-09 01:46:40.000000000 +0000 /srv/f\n' +
  '41ed 0 0 1 1 1 1 1 1970-01-01 00:00:01.000000000 +0000 //.\n';
const STAT = `${SEEN}${TOKEN} END\n`;

async function survey(
  answer: (question: string) => string | undefined,
  settings: Partial<SurveySettings> = {},
  collection: Collection = oneFile(),
) {
  const { work, told } = answeringNode(answer);
  const kinds: string[] = [];
  const beside: string[] = [];
  const comparing = { keepsOwner: true, keepsGroup: true, comparesContents: false };
  const destination = { path: '/srv', keepsDirectories: false };
  const unasked = await surveyAll(
    work,
    { collection, destination, comparing, ...settings },
    (_site, difference) => {
      kinds.push(difference.verdictAt(difference.there.wanted.length - 1).kind);
      for (const { member } of difference.extras?.list ?? []) beside.push(member);
    },
  );
  return { kinds, beside, told, why: unasked.map(({ error }) => error.message) };
}

describe('a file that cannot be read on the node', () => {
  const answer = (question: string) =>
    question === 'stat' ? STAT : `${TOKEN} ERROR sha256sum: /srv/f: Permission denied\n`;

  test('F18: is sent by an upload, which puts another one in its place', async () => {
    const { kinds, why, told } = await survey(answer, { sendsUnread: true });
    expect([kinds, why]).toEqual([['content'], []]);
    expect(told.join()).toContain('its files cannot be read, so they are sent: sha256sum: /srv/f');
  });

  test('F16: is not guessed at by a look', async () => {
    const { kinds, why } = await survey(answer);
    expect([kinds, why]).toEqual([[], ['sha256sum: /srv/f: Permission denied']]);
  });
});

test.each<[what: string, path: string, beside: string[]]>([
  ['of the directory that -r names', '/srv', ['more']],
  ['but not of the login directory', '.', []],
  ['nor of the root directory', '/', []],
])('F16: an audit of . tells what else is there %s', async (_what, path, beside) => {
  const collection: Collection = { ...oneFile(), isTop: true };
  const there = path === '/' ? '' : path;
  const directory = '41ed 0 0 1 3 1 5 1 1970-01-01 00:00:01.000000000 +0000';
  const above = there === '/srv' ? `${directory} /srv\n${directory} /srv/.\n` : '';
  const answers = new Map([
    ['stat', above + STAT.replace('/srv/f', `${there}/f`)],
    ['sum', `${createHash('sha256').update('abc').digest('hex')}  ${there}/f\n${TOKEN} END\n`],
    ['list', `/srv/.\0/srv/.\0/srv/./more\0/srv/./f\0${TOKEN} END\n`],
  ]);
  const destination = { path, keepsDirectories: false };
  const found = await survey(
    (question) => answers.get(question),
    { finds: 'audit', destination },
    collection,
  );
  expect(found).toMatchObject({ kinds: ['equal'], beside, why: [] });
});

test('F4: a file that changes here while it is compared is told as that, and as no failure of a node', async () => {
  const collection = oneFile();
  const sum = `${'a'.repeat(64)}  /srv/f\n${TOKEN} END\n`;
  const answer = (question: string) => {
    if (question === 'sum') writeFileSync(collection.entry.source, 'abd');
    return question === 'stat' ? STAT : sum;
  };
  await expect(survey(answer, { sendsUnread: true }, collection)).rejects.toMatchObject({
    code: 'source-changed',
  });
});

test('F16: a file that is gone when its lines are to be shown costs that diff, and no line of any node', async () => {
  const { work, node, told } = answeringNode(() => `${TOKEN} END\n`);
  const there = { wanted: [oneFile().entry], pathOf: () => '/srv/f' };
  const difference = { there, otherBytes: new Map([[0, 'a'.repeat(64)]]), otherSize: () => 3 };
  const others = new OtherBytes();
  await others.read(work, [{ value: difference as unknown as Difference, members: [node] }] as never);
  expect(told).toEqual([expect.stringMatching(/^its files are shown without a diff: /)]);
});

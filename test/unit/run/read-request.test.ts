/** What another program has written is refused by the name of its field, before anything is connected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { parseRequest, readRequest } from '../../../src/run/request/read-request.ts';
import { often } from '../../often.ts';

const COMMAND = { mode: 'command', text: 'uptime' };
const request = (given: object) =>
  JSON.stringify({ version: 1, targets: { hosts: ['web1'] }, work: COMMAND, ...given });

test.each<[string, string, RegExp]>([
  ['text that is no JSON', '{"version":1', /it is no JSON/],
  ['no version', '{}', /version: this lockstep reads 1/],
  ['another version', request({ version: 2 }), /version: this lockstep reads 1/],
  ['a field that nobody knows', request({ lock: { knid: 'none' } }), /lock: no such field: 'knid'/],
  ['an unknown mode', request({ work: { mode: 'dance' } }), /work\.mode|work: mode must be one of/],
  ['a field of another mode', request({ work: { ...COMMAND, files: [] } }), /work: no such field: 'files'/],
  [
    'a text for a number',
    request({ times: { leaseMs: '9' } }),
    /times\.leaseMs: it must be of type int|number/,
  ],
  ['a time out of bounds', request({ times: { leaseMs: 1e12 } }), /times\.leaseMs: it is above 604800000/],
  [
    'a lease that a missed beat would end',
    request({ times: { leaseMs: 100 } }),
    /times: it breaks the law of the lease/,
  ],
  [
    'a newline in a path of the nodes',
    request({ lock: { path: '/a\nb' } }),
    /lock\.path: it holds a newline/,
  ],
  ['a NUL', request({ work: { ...COMMAND, text: 'a\0b' } }), /work\.text: it holds a NUL/],
  ['no targets', request({ targets: {} }), /targets: there are none/],
  ['an empty command', request({ work: { mode: 'command', text: ' ' } }), /work\.text: it is empty/],
  ['an upload of nothing', request({ work: { mode: 'upload', files: [] } }), /work\.files: there are none/],
  [
    'a writer among readers',
    request({ lock: { kind: 'shared' }, work: { mode: 'sync' } }),
    /never among readers/,
  ],
  ['a lock without a lock', request({ lock: { kind: 'none' }, work: { mode: 'lock' } }), /no lock to hold/],
  [
    'a fold as JSON',
    request({ show: { fold: 'same', json: true } }),
    /show\.fold and show\.json exclude each other/,
  ],
])('%s is refused by its name', (_what, text, message) => {
  expect(() => parseRequest(text)).toThrow(message);
  expect(() => parseRequest(text)).toThrow(expect.objectContaining({ code: 'usage', exitCode: 64 }));
});

test('whatever JSON comes, it is a request or a usage error, and never anything else', () => {
  fc.assert(
    fc.property(fc.json(), fc.object(), (json, extra) => {
      for (const text of [
        json,
        JSON.stringify({ ...JSON.parse(request({})), ...extra }),
        request({ work: extra }),
      ]) {
        try {
          expect(parseRequest(text).version).toBe(1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
        }
      }
    }),
    { numRuns: often(300) },
  );
});

test('a request is read from a file or from stdin, which is then nothing else', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'request-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'request.json');
  writeFileSync(file, request({}));
  const from = (stdin: Readable) => ({ stdin, isInSession: false });
  const nothing = from(Readable.from([]));
  expect((await readRequest(file, nothing)).work).toMatchObject(COMMAND);
  const stdin = (text: string) => from(Readable.from([Buffer.from(text)]));
  expect((await readRequest('-', stdin(request({})))).targets.hosts).toEqual(['web1']);
  const twice = request({ work: { ...COMMAND, stdin: '/dev/stdin' } });
  await expect(readRequest('-', stdin(twice))).rejects.toThrow('stdin holds the request');
  await expect(readRequest(join(directory, 'none'), nothing)).rejects.toThrow(LockstepError);
});

/** docs/REQUESTS.md names every field of a request and every event, and what it says of defaults is so. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRequest } from '../../../src/run/request/read-request.ts';
import { requestSchema } from '../../../src/run/request/request.ts';

const PAGE = readFileSync(new URL('../../../docs/REQUESTS.md', import.meta.url), 'utf8');
const EVENTS = readFileSync(new URL('../../../src/core/events.ts', import.meta.url), 'utf8');

const REQUIRED: Readonly<Record<string, object>> = {
  command: { text: 'uptime' },
  upload: { files: ['/etc/hosts'] },
  sync: {},
  download: { paths: ['/var/log'] },
  rollback: { directory: '/srv/app' },
  releases: { directory: '/srv/app' },
  lock: {},
  'lock-status': {},
  'lock-break': { run: 'r1' },
  list: {},
};

const least = (mode: string) => ({
  version: 1,
  targets: { hosts: ['web1'] },
  work: { mode, ...REQUIRED[mode] },
});

test.each(Object.keys(REQUIRED))(
  'the least request of mode %s is read, and its fields stand in the page',
  (mode) => {
    const { work, ...rest } = parseRequest(JSON.stringify(least(mode)));
    for (const [group, fields] of Object.entries(rest)) {
      if (typeof fields !== 'object') continue;
      for (const field of Object.keys(fields)) expect(PAGE).toContain(`| \`${group}.${field}\` |`);
    }
    for (const field of Object.keys(work))
      if (field !== 'mode') expect(PAGE).toMatch(new RegExp(`\\| \`${field}\` \\|`));
    expect(PAGE).toContain(`\`${mode}\``);
  },
);

test('each default of the page is the one of the schema', () => {
  const request: Record<string, unknown> = { ...requestSchema.parse(least('command')) };
  const rows = [...PAGE.matchAll(/^\| `(connect|lock|times|show)\.(\w+)` \| [^|]* \| ([^|]*) \|/gm)];
  expect(rows.length).toBeGreaterThan(30);
  for (const [, group = '', field = '', shown = ''] of rows) {
    const value = (request[group] as Record<string, unknown>)[field];
    const told = Array.isArray(value)
      ? 'none'
      : value === ''
        ? 'empty'
        : value === undefined
          ? undefined
          : String(value);
    if (told !== undefined) expect(shown.replaceAll('`', ''), `${group}.${field}`).toBe(told);
  }
});

test('each event stands in the page', () => {
  const types = [...EVENTS.matchAll(/readonly type: '([\w-]+)'/g)].map(([, type = '']) => type);
  expect(types.length).toBeGreaterThan(12);
  expect(types.filter((type) => !PAGE.includes(`| \`${type}\` |`))).toEqual([]);
});

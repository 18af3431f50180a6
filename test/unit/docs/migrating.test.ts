import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table/table.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const page = read('docs/MIGRATING.md') + read('docs/CONFORMANCE.md');

/** Every option of orgalorg 1.3.1, as its help has them. */
const THEIRS =
  '-S--sync -L--lock -U--upload -C--command -o--host -s--read-stdin -h--help -k--key -p--password -x--sudo -y--no-lock -t--no-lock-fail -w--no-conn-fail -r--root -u--user -i--stdin -l--serial -q--quiet -v--verbose -V--version --lock-file -e--relative -n--sync-cmd -g--arg -m--simple --shell -d--threads --no-preserve-uid --no-preserve-gid --no-upload --json --bar-format --log-format --colors-dark --colors-light --color -c--conn-timeout -j--send-timeout -z--recv-timeout -a--keep-alive'.split(
    ' ',
  );

describe('the pages for those who come from orgalorg', () => {
  test('names only tests that exist', () => {
    const named = [...page.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)];
    expect(named.length).toBeGreaterThan(60);
    const missing = named.filter(([, path = '', title = '']) => {
      if (!existsSync(`${root}${path}`)) return true;
      return !titles(path).some((text) => text.includes(title));
    });
    expect(missing.map(([all]) => all)).toEqual([]);
    expect([...page.matchAll(/`test\//g)]).toHaveLength(named.length);
  });

  test('has each bug with a test that shows it beaten', () => {
    const items = page.split(/^(?=\d+\. \*\*)/m).slice(1);
    expect(items.map((item) => Number.parseInt(item, 10))).toEqual(
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
    for (const item of items) expect(item).toMatch(/`test\/[^`]+`: "/);
  });

  test('has a row for every option of orgalorg, and lockstep has each, under the same letter', () => {
    const rows = OPTION_TABLE.filter((row: OptionRow) => !row.isAdded);
    const ours = rows.map(
      (row: OptionRow) => `${row.short === undefined ? '' : `-${row.short}`}--${row.long}`,
    );
    expect(ours.sort()).toEqual([...THEIRS].sort());
    const documented = [...page.matchAll(/^\| (?:`(-\w)`, )?`(--[\w-]+)` \|/gm)];
    expect(documented.map(([, short = '', long = '']) => short + long).sort()).toEqual([...THEIRS].sort());
  });
});

/** The strings behind test, it and describe, and in the tables of their cases. */
function titles(path: string): string[] {
  return [...read(path).matchAll(/(['"`])((?:(?!\1|\n|\\).|\\.)+)\1/g)].map(([, , text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  );
}

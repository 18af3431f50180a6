import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manPage } from '../../../scripts/man-page.ts';
import { OPTION_TABLE } from '../../../src/cli/table/table.ts';
import { EXAMPLES } from '../../../src/cli/usage.ts';
import { EXIT } from '../../../src/core/errors.ts';
import { createBarLook } from '../../../src/output/look/bar-look.ts';
import { createLogLook } from '../../../src/output/look/log-look.ts';

const SOURCE = readFileSync(join(import.meta.dirname, '../../../docs/lockstep.1.md'), 'utf8');
const page = manPage(SOURCE, '1.2.3');

describe('the man page', () => {
  it('has every option, exit code and section', () => {
    for (const { long } of OPTION_TABLE) {
      const written = `--${long}`.replaceAll('-', '\\-');
      expect(page.split('.TP\n').filter((entry) => entry.split('\n')[0]?.includes(written))).not.toEqual([]);
    }
    for (const code of Object.values(EXIT)) expect(page).toContain(`\\fB${code}\\fR`);
    for (const title of [
      'SYNOPSIS',
      'OPTIONS',
      'TARGETS',
      'JSON',
      'EXIT STATUS',
      'ENVIRONMENT',
      'FILES',
      'EXAMPLES',
    ]) {
      expect(page).toContain(`.SH ${title}\n`);
    }
  });

  it.each([
    ['groff', ['-man', '-ww', '-Tutf8']],
    ['mandoc', ['-Tlint', '-Wwarning']],
  ])('is read by %s without a complaint', (program, flags) => {
    const read = spawnSync(program, flags, { input: page, encoding: 'utf8' });
    if (read.error) return console.warn(`not tested: ${program} is not installed`);
    expect(read.stderr).toBe('');
    expect(read.status).toBe(0);
  });

  it.each([
    ['an option', '- `--fail-fast`:', '- `--fial-fast`:', '--fial-fast'],
    ['an example', /^6\. .*\n/m, '', 'other examples'],
    ['a term', '- `NO_COLOR`:', '- NO_COLOR:', 'has no term'],
  ])('is not made from a page that has %s wrong', (_what, right, wrong, why) => {
    const page = SOURCE.replace(right, wrong);
    expect(page).not.toBe(SOURCE);
    expect(() => manPage(page, '1.2.3')).toThrow(why);
  });

  it('shows at a terminal what the table and the page say of an option, and the code of the page in bold', () => {
    expect(page).toContain('.TP\n\\fB\\-\\-fail\\-fast\\fR\nThe first command that fails ends the others.');
    expect(page).toContain('TERM, and KILL after \\fB\\-\\-kill\\-grace\\fR.');
    const read = spawnSync('man', ['-l', '-'], {
      input: page,
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '200', LC_ALL: 'C.UTF-8' },
    });
    if (read.error) return console.warn('not tested: man is not installed');
    expect(read.stdout).toMatch(/--fail-fast\n.*They get TERM, and KILL after --kill-grace\./);
  });

  it('explains each of its examples', () => {
    const shown = page.split('.SH EXAMPLES\n')[1]?.split('.SH ')[0] ?? '';
    const entries = shown.split('.TP\n').slice(1);
    expect(entries).toHaveLength(EXAMPLES.trimEnd().split('\n').length - 1);
    for (const entry of entries) expect(entry).toMatch(/^\\fB.*lockstep .*\n[A-Z].*\.\n/);
  });

  it('shows formats that work as they stand', () => {
    const shown = page.replaceAll('\\-', '-').replaceAll('\\(aq', "'").replaceAll('\\(dq', '"');
    const formats = [...shown.matchAll(/^--(bar|log)-format '(.*)'$/gm)];
    expect(formats).toHaveLength(2);
    for (const [, which, format = ''] of formats) {
      if (which === 'bar') createBarLook(format, true);
      else createLogLook(format, true);
    }
  });
});

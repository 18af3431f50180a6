import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionText } from '../../../src/cli/completion/completion.ts';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table.ts';

const rows: readonly OptionRow[] = OPTION_TABLE;
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-completion-'));
  mkdirSync(join(home, '.ssh'));
  mkdirSync(join(home, 'directory'));
  writeFileSync(join(home, 'hosts'), '');
  writeFileSync(
    join(home, '.ssh', 'known_hosts'),
    [
      'web1,10.0.0.1 ssh-ed25519 AAAA',
      '[web2.example]:2222 ssh-ed25519 AAAA',
      '|1|abc=|def= ssh-ed25519 AAAA',
      '$(touch${IFS}evil) ssh-ed25519 AAAA',
      '@cert-authority db1 ssh-ed25519 AAAA',
    ].join('\n'),
  );
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

/** What bash offers at the end of this line, which it takes apart as it does when TAB is pressed. */
function offered(line: string): string[] {
  const script = `
    eval "$SCRIPT"
    COMP_LINE=$LINE COMP_POINT=\${#LINE}
    # Words as readline cuts them: at blanks, and at = : and @, which are words themselves.
    mapfile -t COMP_WORDS < <(grep -oE '[=:@]|[^ =:@]+' <<<"$LINE")
    [[ $LINE == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _lockstep
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { PATH: process.env.PATH, HOME: home, SCRIPT: completionText(['bash']), LINE: line };
  const shown = execFileSync('bash', ['--norc', '-c', script], { env, cwd: home, encoding: 'utf8' });
  return shown.split('\n').filter((word) => word !== '');
}

describe('the completion of bash', () => {
  it.each([
    ['lockstep --hea', ['--heartbeat']],
    ['lockstep -o web1 --colo', ['--color', '--colors-dark', '--colors-light']],
    ['lockstep --color ', ['auto', 'always', 'never']],
    ['lockstep --color=al', ['always']],
    ['lockstep --fold=', ['same', 'diff']],
    ['lockstep -o we', ['web1', 'web2.example:2222']],
    ['lockstep -xo we', ['web1', 'web2.example:2222']],
    ['lockstep -o d', ['db1']],
    ['lockstep -o ann@we', ['web1', 'web2.example:2222']],
    ['lockstep -o ./h', ['./hosts']],
    ['lockstep -o web1 -k h', ['hosts']],
    ['lockstep --outdir ', ['.ssh', 'directory']],
    ['lockstep -o web1 -x -U h', ['hosts']],
    ['lockstep -o web1 -U -r h', []],
    ['lockstep -o web1 -U hosts -', []],
    ['lockstep compl', ['completion']],
    ['lockstep completion ', ['bash', 'zsh', 'fish']],
  ])('offers at %j what fits there', (line, words) => {
    expect(offered(line).sort()).toEqual([...words].sort());
  });

  it('offers every option, and the programs of this machine behind -C', () => {
    expect(offered('lockstep -').sort()).toEqual(
      rows.flatMap(({ long, short }) => [`--${long}`, ...(short ? [`-${short}`] : [])]).sort(),
    );
    expect(offered('lockstep -o web1 -C grep')).toContain('grep');
    expect(offered('lockstep -lxC grep')).toContain('grep');
  });

  it('evaluates nothing that stands in known_hosts', () => {
    expect(offered('lockstep -o ').join()).not.toContain('evil');
    expect(offered('lockstep -o ./evil')).toEqual([]);
  });

  it('is clean in the eyes of shellcheck', (context) => {
    const checked = spawnSync('shellcheck', ['-s', 'bash', '-'], {
      input: completionText(['bash']),
      encoding: 'utf8',
    });
    if (checked.error) return skipUnlessCI(context, 'shellcheck');
    expect(checked.stdout).toBe('');
  });
});

describe.each([
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
])('the completion of %s', (shell, flags) => {
  const text = completionText([shell]);

  it('names every option, with its values', () => {
    for (const { long, choices } of rows) {
      expect(text).toMatch(new RegExp(`[-l ]${long}[= ,}'[]`));
      if (choices) expect(text).toContain(choices.join(' '));
    }
  });

  it('is read by the shell without a complaint', (context) => {
    // fish does not read from the socket that a child of Node has as its stdin.
    const file = join(home, `completion.${shell}`);
    writeFileSync(file, text);
    const read = spawnSync(shell, [...flags, file], { encoding: 'utf8' });
    if (read.error) return skipUnlessCI(context, shell);
    expect(read.stderr).toBe('');
    expect(read.status).toBe(0);
  });
});

describe('lockstep completion', () => {
  it.each([[[]], [['tcsh']], [['bash', 'x']]])('says which shells there are: %j', (words) => {
    expect(() => completionText(words)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('bash, zsh or fish') }),
    );
  });
});

/** A missing shell is said aloud; on CI it is a failure. */
function skipUnlessCI(context: { skip(note: string): void }, program: string): void {
  expect(process.env.CI, `${program} is not installed`).toBeUndefined();
  context.skip(`${program} is not installed`);
}

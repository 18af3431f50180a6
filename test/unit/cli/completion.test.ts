// @module-tag slow
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { texts } from '../../../scripts/texts.mjs';
import { completionText } from '../../../src/cli/completion/completion.ts';
import { OPTION_TABLE, type OptionRow } from '../../../src/cli/table/table.ts';
import { scratchForFile } from '../../scratch.ts';

const rows: readonly OptionRow[] = OPTION_TABLE;
const home = scratchForFile();
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  mkdirSync(join(home, '.ssh'));
  mkdirSync(join(home, 'directory'));
  writeFileSync(join(home, 'hosts'), '');
  writeFileSync(
    join(home, 'lockstep.yaml'),
    'groups: {web: [web1], wide: [web2]}\nlabels: {dc: {east: [web1]}}\n',
  );
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
  writeFileSync(
    join(home, '.ssh', 'config'),
    'Host gate gate* !gate2\n  Host=gateway\nHost $(touch${IFS}evil)\n',
  );
  // The program that the shells ask.
  await build({
    entryPoints: { main: join(import.meta.dirname, '../../../src/main.ts') },
    outdir: join(home, 'bin'),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    format: 'esm',
    external: ['ssh2'],
    plugins: [texts],
    logLevel: 'error',
  });
  const program =
    "import { main } from './main.js'; process.exit(await main(process.argv.slice(2), 'lockstep'));";
  writeFileSync(join(home, 'bin', 'lockstep'), `#!/usr/bin/env node\n${program}\n`);
  writeFileSync(join(home, 'bin', 'package.json'), '{"type": "module"}');
  chmodSync(join(home, 'bin', 'lockstep'), 0o755);
  env = { PATH: `${join(home, 'bin')}:${process.env.PATH}`, HOME: home };
});

/** What the shell offers at the end of this line. */
type Offered = (line: string) => string[];

/** The line is taken apart as bash does when TAB is pressed. */
const ofBash: Offered = (line) => {
  const script = `
    eval "$SCRIPT"
    COMP_LINE=$LINE COMP_POINT=\${#LINE}
    # Words as readline cuts them: at blanks, and at = : and @, which are words themselves.
    mapfile -t COMP_WORDS < <(grep -oE '[=:@]|[^ =:@]+' <<<"$LINE")
    [[ $LINE == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _lockstep
    printf '%s\n' "\${COMPREPLY[@]}"`;
  return shownBy('bash', ['--norc', '-c', script], { SCRIPT: completionText(['bash']), LINE: line });
};

/** Functions of zsh that work only while TAB is pressed are played. */
const ofZsh: Offered = (line) => {
  const script = `
    compdef() { }
    compadd() { print -rl -- \${(M)names:#$PREFIX*} }
    compset() { PREFIX=\${PREFIX#$~2} IPREFIX=$2 }
    _files() { local -a found; [[ $1 == -/ ]] && found=($PREFIX*(N/)) || found=($PREFIX*(N)); print -rl -- $IPREFIX\${^found} }
    _command_names() { print -rl -- \${(Mk)commands:#$PREFIX*} }
    eval "$SCRIPT"
    words=("\${(@s: :)LINE}") CURRENT=$#words PREFIX=$words[-1] IPREFIX=
    _lockstep`;
  return shownBy('zsh', ['-f', '-c', script], { SCRIPT: completionText(['zsh']), LINE: line });
};

const ofFish: Offered = (line) => {
  const script = 'echo $SCRIPT | source; complete -C $LINE';
  const shown = shownBy('fish', ['--no-config', '-c', script], {
    SCRIPT: completionText(['fish']),
    LINE: line,
  });
  return shown.map((word) => word.replace(/\t.*/, '').replace(/(?<=.)\/$/, ''));
};

function shownBy(shell: string, argv: readonly string[], variables: NodeJS.ProcessEnv): string[] {
  const { stdout, error } = spawnSync(shell, argv, {
    env: { ...env, ...variables },
    cwd: home,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return stdout.split('\n').filter((word) => word !== '');
}

describe.each([
  ['bash', ofBash],
  ['zsh', ofZsh],
  ['fish', ofFish],
] as const)('the completion of %s', (shell, offered) => {
  beforeEach((context) => {
    if (spawnSync(shell, ['--version']).error) skipUnlessCI(context, shell);
  });

  it.each([
    ['lockstep --hea', ['--heartbeat']],
    ['lockstep -o web1 --colo', ['--color', '--colors-dark', '--colors-light']],
    ['lockstep --color ', ['auto', 'always', 'never']],
    ['lockstep --color=al', ['--color=always']],
    ['lockstep --fold=', ['--fold=same', '--fold=diff']],
    ['lockstep -o we', ['web1', 'web2.example:2222']],
    ['lockstep -xo we', ['web1', 'web2.example:2222']],
    ['lockstep -xowe', ['-xoweb1', '-xoweb2.example:2222']],
    ['lockstep -o d', ['db1']],
    ['lockstep -o gat', ['gate', 'gateway']],
    ['lockstep -o ann@we', ['ann@web1', 'ann@web2.example:2222']],
    ['lockstep -o @w', ['@web', '@wide']],
    ['lockstep -o @d', ['@dc=east']],
    ['lockstep -o ./h', ['./hosts']],
    ['lockstep -o web1 -k h', ['hosts']],
    ['lockstep -o web1 -kho', ['-khosts']],
    ['lockstep -o web1 --known-hosts=ho', ['--known-hosts=hosts']],
    ['lockstep --outdir d', ['directory']],
    ['lockstep -o web1 -x -U h', ['hosts']],
    ['lockstep -o web1 -U -r h', []],
    ['lockstep -o web1 -U hosts -', []],
    ['lockstep -o web1 -C cat h', ['hosts']],
    ['lockstep compl', ['completion']],
    ['lockstep run --r', ['--request']],
    ['lockstep run --request h', ['hosts']],
    ['lockstep completion ', ['bash', 'zsh', 'fish']],
  ])('offers at %j what fits there', (line, words) => {
    // bash replaces only what stands behind the last = : or @.
    const whole =
      shell === 'bash' ? words.map((word) => word.replace(/^(?:(?:ann)?@|--[a-z-]+=)/, '')) : words;
    expect(offered(line).sort()).toEqual([...whole].sort());
  });

  it('offers every option, and the programs of this machine behind -C', () => {
    const names = rows.flatMap(({ long, short }) => [`--${long}`, ...(short ? [`-${short}`] : [])]);
    expect(offered('lockstep -').sort()).toEqual(names.sort());
    expect(offered('lockstep -o web1 -C grep')).toContain('grep');
    expect(offered('lockstep -lxC grep')).toContain('grep');
    expect(offered('lockstep -o web1 -C -- grep')).toContain('grep');
  });

  it('evaluates nothing that stands in known_hosts, ssh_config or on the line', () => {
    expect(offered('lockstep -o ').join()).not.toContain('evil');
    expect(offered('lockstep -o ./evil')).toEqual([]);
    expect(offered('lockstep -n $(touch>evil) -o ./ev')).toEqual([]);
  });
});

describe('the script of', () => {
  it('bash is clean in the eyes of shellcheck', (context) => {
    const checked = spawnSync('shellcheck', ['-s', 'bash', '-'], {
      input: completionText(['bash']),
      encoding: 'utf8',
    });
    if (checked.error) return skipUnlessCI(context, 'shellcheck');
    expect(checked.stdout).toBe('');
  });

  it.for([
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const)('%s is read by it without a complaint', ([shell, flags], context) => {
    // fish does not read from the socket that a child of Node has as its stdin.
    const file = join(home, `completion.${shell}`);
    writeFileSync(file, completionText([shell]));
    const read = spawnSync(shell, [...flags, file], { encoding: 'utf8' });
    if (read.error) return skipUnlessCI(context, shell);
    expect([read.stderr, read.status]).toEqual(['', 0]);
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

/** The texts that run on nodes are put together from parts: what each gives to the others, and takes of them, stands at its head. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PARTS } from '../../../src/node/texts.ts';

interface Part {
  readonly defines: ReadonlySet<string>;
  readonly needs: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
  readonly code: string;
}

const ROOM = join(import.meta.dirname, '../../../src/node');
const PATHS = new Map(
  [...readFileSync(join(ROOM, 'texts.ts'), 'utf8').matchAll(/^import (\w+) from '(.*)';$/gm)].map(
    ([, name = '', path = '']) => [name, join(ROOM, path)],
  ),
);
const TEXTS = Object.entries(PARTS).map(([text, parts]) => [text, Object.keys(parts)] as const);
const NAMES = [...new Set(TEXTS.flatMap(([, parts]) => parts))];
const ALL = new Map(NAMES.map((name) => [name, readPart(PATHS.get(name) ?? '')]));
const FUNCTIONS = [...new Set([...ALL.values()].flatMap(({ functions }) => [...functions]))];

/** What stands before the parts of a text: every text begins with first.sh, and a worker's job with worker.sh. */
const JOBS = ['command', 'survey', 'receive', 'commit', 'recoverEarlier'];
/** Given by who puts a text together: by textOfWorker, and by what a tool or an upload brings along; login need not be. */
const GIVEN = ['grace', 'login', 'executor_pl', 'executor_py', 'executor_sh'];
/** Of the shell, its account, or the protocol of sync tools. */
const OF_THE_SHELL =
  /^(HOME|PATH|PWD|PPID|IFS|LC_ALL|BASH_VERSION|KSH_VERSION|XDG_STATE_HOME|SUDO_[UG]ID|LOCKSTEP_\w+|their_)$/;

describe.each(TEXTS)('the text of %s', (text, parts) => {
  const before = text === 'first' ? [] : JOBS.includes(text) ? ['first', 'worker'] : ['first'];

  test('has in it whatever its parts need', () => {
    const missing = parts.flatMap((name) => {
      const others = [...before, ...parts].filter((other) => other !== name);
      const given = new Set([...GIVEN, ...others.flatMap((other) => [...part(other).defines])]);
      return [...part(name).needs].filter((need) => !given.has(need)).map((need) => `${name}: ${need}`);
    });
    expect(missing).toEqual([]);
  });

  test('has each function once', () => {
    const all = [...before, ...parts].flatMap((name) => [...part(name).functions]);
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  });
});

describe.each(NAMES.filter((name) => name !== 'toolLibrary'))('the part %s', (name) => {
  const { defines, needs, functions, variables, code } = part(name);
  const used = usedIn(code);

  test('says what it needs of others, and nothing else', () => {
    const isOwn = (word: string) => (FUNCTIONS.includes(word) && functions.has(word)) || variables.has(word);
    const undeclared = [...used].filter(
      (word) => !needs.has(word) && !isOwn(word) && !OF_THE_SHELL.test(word),
    );
    expect({ undeclared, idle: [...needs].filter((need) => !used.has(need)) }).toEqual({
      undeclared: [],
      idle: [],
    });
  });

  test('says what it defines for others, and nothing else', () => {
    const together = TEXTS.filter(([, parts]) => parts.includes(name)).flatMap(([, parts]) => parts);
    const wanted = new Set(
      (name === 'first' || name === 'worker' ? NAMES : together).flatMap((other) =>
        other === name ? [] : [...part(other).needs],
      ),
    );
    expect({
      absent: [...defines].filter((word) => !functions.has(word) && !variables.has(word)),
      idle: [...defines].filter((word) => !wanted.has(word)),
    }).toEqual({ absent: [], idle: [] });
  });
});

function part(name: string): Part {
  const found = ALL.get(name);
  if (found === undefined) throw new Error(`no part ${name}`);
  return found;
}

function readPart(path: string): Part {
  const source = readFileSync(path, 'utf8');
  const code = source.replaceAll(/^\s*#.*\n/gm, '');
  const head = (word: string) =>
    new Set(
      [...source.matchAll(new RegExp(`^# ${word}: (.*)$`, 'gm'))].flatMap(([, list]) => list?.split(' ')),
    );
  return {
    defines: head('Defines') as Set<string>,
    needs: head('Needs') as Set<string>,
    functions: new Set(all(code, /^(\w+)\(\)/gm)),
    variables: new Set([
      ...all(code, /(?:^|[\s;{(&|'"])([A-Za-z_]\w*)=/gm),
      ...all(code, /\bfor (\w+)/g),
      ...all(code, /\bread (?:-r )?([\w ]+)/g).flatMap((names) => names.split(' ')),
    ]),
    code,
  };
}

/** Variables by their $ or in arithmetic, and functions where a command begins. */
function usedIn(code: string): Set<string> {
  const arithmetic = all(code, /\$\(\(([^()]*(?:\([^()]*\)[^()]*)*)\)\)/g);
  const begins = String.raw`(?:^|[;&|({!]|\bthen|\bdo|\belse|\bif|\bwhile|\buntil|\btrap)\s*(?:\w+=(?:'[^']*'|"[^"]*"|[^\s"'])* )*`;
  return new Set([
    ...all(code, /\$\{?([A-Za-z_]\w*)/g),
    ...arithmetic.flatMap((text) => all(text.replaceAll(/\$\{?\w+/g, ''), /(?<!\w)([A-Za-z_]\w*)/g)),
    ...FUNCTIONS.filter((name) => new RegExp(String.raw`${begins}${name}\b(?![=(\w/-])`, 'm').test(code)),
  ]);
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

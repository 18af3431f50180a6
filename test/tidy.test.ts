/**
 * Rules about the code as a whole that hold themselves, without exceptions. What a room may import stands in docs/ARCHITECTURE.md,
 * and is read from there.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const LINES_MAX = 250;
const FOLDERS = ['bench', 'bin', 'docs', 'examples', 'scripts', 'src', 'sync-tool', 'test'];
const FILES = [
  ...readdirSync(ROOT).filter((name) => /\.(md|sh)$/.test(name)),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  ).filter((path) => statSync(join(ROOT, path)).isFile()),
];

/** What may be used in named files only: by a pattern, the folders or files. */
const ONLY_IN: Readonly<Record<string, { readonly pattern: RegExp; readonly places: readonly string[] }>> = {
  'the package ssh2': {
    pattern: /from 'ssh2'/,
    places: ['src/ssh/ssh2/', 'src/demo/embedded-node.ts', 'src/demo/embedded-command.ts'],
  },
  'the descriptors of the process': {
    pattern: /process\.(stdin|stdout|stderr)\b/,
    places: [
      'src/cli/read-call.ts',
      'src/cli/words/run-word.ts',
      'src/cli/say.ts',
      'src/demo/',
      'src/output/terminal/terminal.ts',
      'src/process/surroundings.ts',
    ],
  },
  'process.exit': {
    pattern: /process\.exit\(/,
    places: ['src/demo/from-checkout.ts', 'src/process/signals.ts'],
  },
  'signals and exits of the process': {
    pattern: /process\.(on|once)\(/,
    places: [
      'src/demo/',
      'src/run/hold/program.ts',
      'src/core/run-program.ts',
      'src/process/signals.ts',
      'src/process/strays.ts',
      'src/session/socket-directory.ts',
    ],
  },
  'V8 flags': { pattern: /'node:v8'/, places: ['src/process/memory.ts'] },
};

describe('the rooms', () => {
  const mayUse = readTable();

  test('each folder of src has its row in docs/ARCHITECTURE.md, and each row its folder', () => {
    const folders = readdirSync(join(ROOT, 'src')).filter((name) =>
      statSync(join(ROOT, 'src', name)).isDirectory(),
    );
    expect([...mayUse.keys()].sort()).toEqual(folders.sort());
  });

  test('a room imports only what its row allows', () => {
    const broken = new Map<string, string>();
    for (const file of sources(/^src\/.*\.ts$/)) {
      const room = roomOf(file);
      for (const imported of importsOf(file)) {
        const other = roomOf(imported);
        const isAllowed = room === undefined || room === other || mayUse.get(room)?.includes(other ?? '');
        // The few files directly below src are the program's entry; only src/main.ts uses rooms.
        if (!isAllowed && other !== undefined) broken.set(`${room} -> ${other}`, `${file} -> ${imported}`);
      }
    }
    expect([...broken]).toEqual([]);
  });

  test('no two rooms import each other, by whatever way', () => {
    const reached = (room: string, seen = new Set<string>()): Set<string> => {
      for (const next of mayUse.get(room) ?? []) if (!seen.has(next)) reached(next, seen.add(next));
      return seen;
    };
    expect([...mayUse.keys()].filter((room) => reached(room).has(room))).toEqual([]);
  });
});

describe('the rooms of src/jobs', () => {
  const mayUse = readTable('jobs/');

  test('each folder has its row in docs/ARCHITECTURE.md, and each row its folder', () => {
    const entries = readdirSync(join(ROOT, 'src/jobs'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect([...mayUse.keys()].sort()).toEqual(folders.sort());
  });

  test('a folder imports only what its row allows, and what stands beside the folders', () => {
    const folderOf = (file: string) => /^src\/jobs\/([\w-]+)\//.exec(file)?.[1];
    const broken = sources(/^src\/jobs\/.*\.ts$/).flatMap((file) => {
      const own = folderOf(file);
      if (own === undefined) return [];
      return importsOf(file)
        .filter((imported) => ![own, undefined, ...(mayUse.get(own) ?? [])].includes(folderOf(imported)))
        .map((imported) => `${file} -> ${imported}`);
    });
    expect(broken).toEqual([]);
  });
});

test('no file of src imports itself, by whatever way', () => {
  const files = sources(/^src\/.*\.ts$/);
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  const reached = (file: string, seen = new Set<string>()): Set<string> => {
    for (const next of imports.get(file) ?? []) if (!seen.has(next)) reached(next, seen.add(next));
    return seen;
  };
  expect(files.filter((file) => reached(file).has(file))).toEqual([]);
});

test(`no file has more than ${LINES_MAX} lines`, () => {
  const long = sources(/\.(ts|mjs|sh|pl|py)$/).filter(
    (file) => read(file).split('\n').length - 1 > LINES_MAX,
  );
  expect(long).toEqual([]);
});

test.each(Object.entries(ONLY_IN))('%s: used in named places only', (_what, { pattern, places }) => {
  const users = sources(/^src\/.*\.ts$/).filter((file) => pattern.test(withoutComments(read(file))));
  expect(users.filter((file) => !places.some((place) => file.startsWith(place)))).toEqual([]);
  expect(places.filter((place) => !users.some((file) => file.startsWith(place)))).toEqual([]);
});

test('every path that a document of the project names is there, whole or from some folder on', () => {
  const missing = sources(/\.md$/).flatMap((file) =>
    [
      ...read(file).matchAll(
        /`((?:[\w.{},*-]+\/)*[\w.{},*-]+\.(?:ts|mjs|sh|pl|py)|(?:src|test|bench|scripts|docs)\/[\w./-]*)`/g,
      ),
    ]
      .map(([, path = '']) => path)
      .filter((path) => {
        const pattern = toPattern(path);
        return !FILES.some((name) => pattern.test(name));
      })
      .map((path) => `${file}: ${path}`),
  );
  expect(missing).toEqual([]);
});

test('what is called pure imports neither the system nor what changes by itself', () => {
  const impure = sources(/^src\/.*\.ts$/).filter((file) => {
    const text = read(file);
    const isPure = /^\/\*\*[\s\S]*?\bPure\b[\s\S]*?\*\//.test(text);
    return (
      isPure &&
      /from 'node:(fs|net|child_process|os|dns|process|timers)|process\.|Date\.now/.test(
        withoutComments(text),
      )
    );
  });
  expect(impure).toEqual([]);
});

describe('the unit tests, which share processes', () => {
  const tests = sources(/^test\/unit\/.*\.test\.ts$/);

  test('run no text as a node does, unless they are slow, and so alone: such texts meet each other in /proc', () => {
    const runsTexts = (file: string) => /import \{[^}]*\brunText\b/.test(read(file));
    const quick = tests.filter((file) => !/^\/\/ @module-tag slow/.test(read(file)));
    expect(quick.filter((file) => [file, ...reachedFrom(file)].some(runsTexts))).toEqual([]);
  });

  test('replace no module: the next file would have it too, or an earlier one has loaded the real one', () => {
    expect(tests.filter((file) => /\bvi\.(mock|doMock|resetModules)\b/.test(read(file)))).toEqual([]);
  });
});

/** Room by room, what the tables of docs/ARCHITECTURE.md allow. */
function readTable(below = ''): ReadonlyMap<string, readonly string[]> {
  const row = new RegExp(`^\\| \`src/${below}([\\w-]+)\` \\|.*\\| ([^|]*) \\|$`, 'gm');
  const rows = read('docs/ARCHITECTURE.md').matchAll(row);
  return new Map(
    [...rows].map(([, room = '', allowed = '']) => [
      room,
      allowed.split(', ').filter((name) => name !== '–'),
    ]),
  );
}

function roomOf(file: string): string | undefined {
  return /^src\/([\w-]+)\//.exec(file)?.[1];
}

function importsOf(file: string): string[] {
  const found = read(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
  return [...found].map(([, path = '']) => normalize(join(dirname(file), path)));
}

/** The files of the tests that a file imports, by whatever way. */
function reachedFrom(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const isNew = (next: string) => /^test\/.*\.ts$/.test(next) && FILES.includes(next) && !seen.has(next);
  for (const next of importsOf(file).filter(isNew)) reachedFrom(next, seen.add(next));
  return seen;
}

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const sources = (pattern: RegExp) => FILES.filter((file) => pattern.test(file));

/** A path of a document, with `*` and `{a,b}`; a folder stands for what is in it. */
function toPattern(path: string): RegExp {
  const text = path
    .replace(/^\.\//, '')
    .replaceAll('.', '\\.')
    .replaceAll('*', '[^/]*')
    .replace(/\{([^}]*)\}/g, (_all, names) => `(${names.replaceAll(',', '|')})`);
  return new RegExp(`(^|/)${text.replace(/\/$/, '')}(/|$)`);
}

import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createFleet } from '../../../src/jobs/fleet.ts';
import { loadJobs } from '../../../src/jobs/job-file.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

/** Past vitest, which would load the file in a way of its own. */
const importFile = async (url: string): Promise<unknown> => createRequire(url)(fileURLToPath(url));
const isNative = 'typescript' in process.features && Boolean(process.features.typescript);

async function load(name: string, text: string) {
  const path = join(directory, name);
  writeFileSync(path, text);
  const fleet = createFleet();
  await loadJobs(path, fleet, importFile);
  return fleet.jobs.names();
}

test.each([
  ['it is no module', 'export default (;\n', /it cannot be loaded: .*\(line 1\)$/],
  ['it throws while it loads', '\n\nthrow new Error("oh");\n', /it cannot be loaded: oh \(line 3\)$/],
  [
    'it throws when it is called',
    'export default () => {\n  throw new Error("oh");\n};',
    /it has thrown: oh \(line 2\)$/,
  ],
  ['it exports no function', 'export const jobs = 1;', /its default export is no function$/],
  [
    'an action is no function',
    'export default (f) => {\n  f.jobs.add("deploy", "web", 3);\n};',
    /an action of the job 'deploy' is a function, and not a number \(line 2\)$/,
  ],
  [
    'a site has no name',
    'export default (f) => {\n  f.sites.add("");\n};',
    /cannot be the name of a site \(line 2\)$/,
  ],
])('%s: it is refused with the file and the line', async (title, text, message) => {
  await expect(load(`${title.replaceAll(' ', '-')}.mjs`, text)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(message),
  });
});

test('a file that is not there is refused by its name', async () => {
  await expect(loadJobs('no/such.mjs', createFleet(), importFile)).rejects.toThrow(
    /^'no\/such.mjs': there is no/,
  );
});

test('a directory is refused as that', async () => {
  await expect(loadJobs(directory, createFleet(), importFile)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/: it is a directory$/),
  });
});

test('the file may take its time', async () => {
  const text = 'export default async (f) => { await null; f.jobs.add("late", () => {}); };';
  expect(await load('late.mjs', text)).toEqual(['late']);
});

test('TypeScript is read by Node.js or by esbuild, and where there is neither it is said what to do', async () => {
  const text = 'export default (f: any): void => { f.jobs.add("typed", () => {}); };';
  if (!isNative) await expect(load('typed.ts', text)).rejects.toThrow('reads no TypeScript');
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(directory, 'node_modules'));
  expect(await load('typed.ts', text)).toEqual(['typed']);
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
});

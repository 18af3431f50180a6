/** What is installed with lockstep, and what that may run. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'));

test('S19: every dependency is pinned to one version, and every package that ships to its contents', () => {
  const { dependencies, devDependencies } = read('package.json');
  const versions = Object.values({ ...dependencies, ...devDependencies });
  expect(versions.length).toBeGreaterThan(0);
  for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const { '': own, ...packages } = read('package-lock.json').packages as Record<
    string,
    { readonly integrity?: string; readonly dev?: boolean }
  >;
  expect(own).toMatchObject({ dependencies, devDependencies });
  const shipped = Object.entries(packages).filter(([, { dev }]) => dev !== true);
  expect(shipped.length).toBeGreaterThan(Object.keys(dependencies).length);
  for (const [path, { integrity = '' }] of shipped) expect(integrity, path).toMatch(/^sha512-/);
});

test('S19: nothing of lockstep itself runs while it is installed', () => {
  const scripts = Object.keys(read('package.json').scripts);
  expect(scripts.filter((name) => /^(pre|post)?install$|^(pre|post)?prepare$/.test(name))).toEqual([]);
});

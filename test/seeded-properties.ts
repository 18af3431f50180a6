/**
 * fast-check, as every test gets it: the seed of all properties is that of the sources, so that a tree of files passes here
 * if and only if it passes there, and each change tries other inputs. `PROPERTY_SEED=random` tries any, a number that one.
 */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { often } from './often.ts';

/** What fast-check has by itself, for properties that do not say how often they are tried. */
const RUNS = 100;

const wanted = process.env.PROPERTY_SEED ?? seedOfSources();
const seed = wanted === 'random' ? {} : { seed: Number(wanted) | 0 };
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: often(RUNS), ...seed });

/** Of what git has as the last commit; without git always the same one. */
function seedOfSources(): number {
  try {
    const tree = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(tree.slice(0, 8), 16);
  } catch {
    return 1;
  }
}

export * from 'fast-check';
export { default } from 'fast-check';

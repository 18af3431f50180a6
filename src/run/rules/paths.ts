/** What `--download` cannot do. Pure. */
import type { WorkRequest } from '../request/request.ts';
import type { Rule } from './rule.ts';

export const PATH_RULES: readonly Rule[] = [
  {
    isBroken: ({ request: { work } }) => work.mode === 'download' && work.paths.length === 0,
    request: 'work.paths: there are none',
    line: '--download needs paths of the nodes',
    hint: 'write them after the options: --into DIR --download /var/log/app',
  },
  {
    isBroken: ({ request: { work } }) => pathsOf(work).some((path) => /^\/*$/.test(path)),
    request: 'work.paths: one is empty, or /',
    line: '--download takes no empty path, and not the whole of /',
    hint: 'name its contents; is a variable of your script unset?',
  },
  {
    isBroken: ({ request: { work } }) => pathsOf(work).some((path) => path.split('/').includes('..')),
    request: 'work.paths: one has ".." in it',
    line: '--download takes no path with ".." in it',
    hint: 'write the path from /, or from -r DIR',
  },
  {
    isBroken: ({ request: { work } }) => new Set(pathsOf(work).map((path) => path.startsWith('/'))).size > 1,
    request: 'work.paths: some are absolute, some are not',
    line: '--download takes paths from /, or relative ones, and not both',
    hint: 'bring them in two runs',
  },
];

function pathsOf(work: WorkRequest): readonly string[] {
  return work.mode === 'download' ? work.paths : [];
}

/**
 * The archive's layout, on which the receiver on the nodes relies: members under `tree/`, a file `manifest` that lists them, and
 * as the last member a file `roots`. Its last line shows that all has come: a stream that was cut anywhere lacks it (promise F3).
 */
export const TREE = 'tree/';

export const MANIFEST = 'manifest';

export const ROOTS = 'roots';

/** A line `dig PATH` for each file that has holes. The archive has it only where there are such files. */
export const SPARSE = 'sparse';

const LAST_LINE = '/end';

/** One root a line, `\` as `\\` and a newline as `\n`, then the last line. */
export function formatRoots(roots: readonly string[]): string {
  const lines = roots.map((root) => root.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'));
  return `${[...lines, LAST_LINE].join('\n')}\n`;
}

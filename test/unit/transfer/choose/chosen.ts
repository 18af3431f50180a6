/** Small trees, and what is found in them with patterns. */
import type { Choice } from '../../../../src/transfer/choose/chooser.ts';
import { collectFiles } from '../../../../src/transfer/collect.ts';
import { inTemporary, makeTree } from '../trees.ts';

interface Asked {
  readonly cwd: string;
  readonly words?: readonly string[];
  readonly exclude?: readonly string[];
  readonly gitignore?: boolean;
  readonly relative?: boolean;
}

export function collect({ cwd, words = ['.'], exclude = [], gitignore = false, relative = true }: Asked) {
  const choice: Choice = { excludes: exclude, obeysGitignore: gitignore };
  return collectFiles({ words, relative, cwd, choice });
}

export async function membersOf(asked: Asked): Promise<string[]> {
  return (await collect(asked)).entries.map(({ member }) => member);
}

/** `path=contents`; a slash at the end makes a directory. */
export const inTree = (paths: readonly string[], work: (cwd: string) => Promise<void>) =>
  inTemporary(async (cwd) => {
    makeTree(
      cwd,
      paths.map((path) =>
        path.endsWith('/')
          ? { path: path.slice(0, -1), type: 'directory' }
          : { path: path.split('=')[0] ?? '', type: 'file', contents: path.split('=')[1] ?? path },
      ),
    );
    await work(cwd);
  });

/**
 * The texts that run on nodes are imported as strings, as a node gets them: comments and indentation are for readers of this
 * repository only, and each byte is sent to every node. They use no here-documents and no comment behind code.
 */
import { readFileSync } from 'node:fs';

const IS_TEXT = /\.(sh|pl|py)$|\/sync-tool\/sync$/;
const RUNS_ON_NODES = /\/(src\/node|sync-tool)\//;

/** undefined: not a text. */
export function textOf(path, source) {
  if (!IS_TEXT.test(path)) return undefined;
  if (!RUNS_ON_NODES.test(path)) return source;
  const lines = source.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  // Of python one blank is left for each level.
  if (path.endsWith('.py')) return lines.map((line) => line.replace(/^( +)\1{3}/, '$1')).join('\n');
  return lines.map((line) => line.trimStart()).join('\n');
}

/** For esbuild. */
export const texts = {
  name: 'texts',
  setup({ onLoad }) {
    onLoad({ filter: IS_TEXT }, ({ path }) => ({
      contents: textOf(path, readFileSync(path, 'utf8')),
      loader: 'text',
    }));
  },
};

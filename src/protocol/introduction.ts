/**
 * What the controller tells a tool before it begins: HELLO, a NODE line for every node, START.
 */
import { CURRENT, formatHello, formatNode, formatStart } from './messages.ts';

/**
 * Returns the text for the node at a position of `nodes`. All texts share one block and differ by one word,
 * so that a thousand nodes cost a thousand joins, and not a million lines.
 */
export function introduction(prefix: string, nodes: readonly string[]): (position: number) => string {
  const lines = nodes.map((node) => formatNode(prefix, node, false));
  const block = [formatHello(prefix), ...lines, formatStart(prefix), ''].join('\n');
  const lineEnds: number[] = [];
  let end = formatHello(prefix).length;
  for (const line of lines) {
    end += 1 + line.length;
    lineEnds.push(end);
  }
  return (position) => {
    const lineEnd = lineEnds[position];
    if (lineEnd === undefined) throw new RangeError(`no node at position ${position}`);
    return block.slice(0, lineEnd) + CURRENT + block.slice(lineEnd);
  };
}

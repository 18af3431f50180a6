/** Lines for a terminal: broken between words at its width, with an indent on the lines that follow. Pure. */
import { columnsOf } from '../text/width.ts';

const INDENT = '    ';
/** The indent of continued entries in a list. */
const FURTHER = '  ';

/**
 * The lines of one record. `usedColumns`: the width of the text before the first line. A word longer than a line stays
 * whole, so that people can mark and copy a name or path.
 */
export function wrapLines(
  lines: readonly string[],
  { columns, usedColumns }: { readonly columns: number; readonly usedColumns: number },
): string[] {
  return lines.flatMap((line, at) =>
    wrapLine(line, at === 0 ? columns - usedColumns : columns - INDENT.length, columns).map((part, index) =>
      at === 0 && index === 0 ? part : INDENT + (at > 0 && index > 0 ? FURTHER : '') + part,
    ),
  );
}

function wrapLine(line: string, firstColumns: number, columns: number): string[] {
  const parts: string[] = [];
  let part = '';
  let room = firstColumns;
  // Leading blanks belong to the line itself.
  for (const [token] of line.matchAll(/^\s*\S*|\s+\S+/g)) {
    if (part !== '' && columnsOf(part) + columnsOf(token) > room) {
      parts.push(part);
      part = token.trimStart();
      room = columns - INDENT.length - FURTHER.length;
    } else part += token;
  }
  parts.push(part);
  return parts;
}

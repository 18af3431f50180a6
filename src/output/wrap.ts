/** Lines for a terminal: broken at blanks, at its width, and what follows stands a little to the right. Pure. */
import { columnsOf } from '../text/width.ts';

const INDENT = '    ';
/** What goes on in an entry of a list. */
const FURTHER = '  ';

/**
 * The lines of one record. `usedColumns`: what stands before the first line. A word that is longer than a line stays whole,
 * so that a name or path can be marked and copied.
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
  // The blanks at its beginning are the line's own.
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

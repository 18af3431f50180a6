/**
 * Roff for man(1) from as much of Markdown as the man page needs: headings, paragraphs, blocks of code, lists of
 * "- `TERM`: meaning", numbered lists and comments, all apart from each other by a blank line; `code` is bold.
 */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph' | 'comment'; readonly text: string }
  | { readonly kind: 'verbatim'; readonly lines: readonly string[] }
  | { readonly kind: 'entries'; readonly entries: readonly (readonly [string, string])[] }
  | { readonly kind: 'items'; readonly items: readonly string[] };

export function roff(blocks: readonly Block[], title: string): string {
  const lines = blocks.flatMap(written);
  // A heading begins a paragraph by itself; whatis looks for the name right behind it.
  const needed = lines.filter((text, at) => text !== '.PP' || !lines[at - 1]?.startsWith('.S'));
  return [title, ...needed, ''].join('\n');
}

export function blocksOf(markdown: string): Block[] {
  // Blank lines stand between blocks only, since no block of code has one.
  return markdown
    .trim()
    .split(/\n{2,}/)
    .map(blockOf);
}

function blockOf(chunk: string): Block {
  const heading = /^(#+) (.*)$/.exec(chunk);
  if (heading) return { kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' };
  if (chunk.startsWith('```')) return { kind: 'verbatim', lines: chunk.split('\n').slice(1, -1) };
  if (chunk.startsWith('<!--')) return { kind: 'comment', text: chunk.replaceAll(/^<!-- | -->$/g, '') };
  if (chunk.startsWith('- ')) return { kind: 'entries', entries: items(chunk, /^- /m).map(entryOf) };
  if (chunk.startsWith('1. ')) return { kind: 'items', items: items(chunk, /^\d+\. /m) };
  return { kind: 'paragraph', text: joined(chunk) };
}

/** What stands behind each mark, on one line. */
function items(chunk: string, mark: RegExp): string[] {
  return chunk.split(mark).slice(1).map(joined);
}

function joined(lines: string): string {
  return lines.trim().replaceAll(/\s*\n\s*/g, ' ');
}

/** "`-a`, `--all`: all of them" → the terms without their marks, and the meaning. */
function entryOf(item: string): readonly [string, string] {
  const parts = /^(`[^`]+`(?:, `[^`]+`)*): (.*)$/.exec(item);
  if (!parts) throw new Error(`an item of a list has no term: ${item}`);
  return [(parts[1] ?? '').replaceAll('`', ''), parts[2] ?? ''];
}

function written(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      // The name of the page stands in its title.
      if (block.level === 1) return [];
      return [block.level === 2 ? `.SH ${block.text}` : `.SS "${escaped(block.text)}"`];
    case 'paragraph':
      return ['.PP', line(block.text)];
    case 'verbatim':
      return ['.PP', '.nf', '.RS 2', ...block.lines.map((text) => guarded(escaped(text))), '.RE', '.fi'];
    case 'entries':
      return block.entries.flatMap(([term, meaning]) => ['.TP', `\\fB${escaped(term)}\\fR`, line(meaning)]);
    case 'items':
      return block.items.flatMap((text) => ['.PP', line(text)]);
    case 'comment':
      return [];
  }
}

/** With `code` in bold. */
function line(text: string): string {
  const parts = text
    .split('`')
    .map((part, at) => (at % 2 === 1 ? `\\fB${escaped(part)}\\fR` : escaped(part)));
  return guarded(parts.join(''));
}

/** A line that begins no request. */
function guarded(text: string): string {
  return /^[.']/.test(text) ? `\\&${text}` : text;
}

/** Hyphens that can be copied, and characters that every roff knows. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('`', '\\(ga')
    .replaceAll('…', '...');
}

/** The man page: the prose of docs/lockstep.1.md, with what the tables of the command line know. Made by the build. */
import { OPTION_GROUP_NAMES, OPTION_GROUPS, OPTION_TABLE, type OptionRow } from '../src/cli/table/table.ts';
import { argumentOf, EXAMPLES, helpOf, SYNOPSIS, TITLES } from '../src/cli/usage.ts';
import { type Block, blocksOf, roff } from './roff.ts';

export function manPage(markdown: string, version: string): string {
  const blocks = blocksOf(markdown);
  const filled = blocks.flatMap((block, at): Block[] => {
    const list = blocks[at + 1];
    if (block.kind === 'comment' && block.text.startsWith('synopsis'))
      return [{ kind: 'verbatim', lines: SYNOPSIS.trimEnd().split('\n').slice(1).map(outdented) }];
    if (block.kind === 'comment' && block.text.startsWith('options')) return options(entriesOf(list));
    if (block.kind === 'comment' && block.text.startsWith('examples')) return [examples(itemsOf(list))];
    const isFilledIn = blocks[at - 1]?.kind === 'comment' && block.kind !== 'heading';
    return isFilledIn ? [] : [block];
  });
  return roff(filled, `.TH LOCKSTEP 1 "" "lockstep ${version}" "User Commands"`);
}

/** Each group of the table; an option is followed by what the page says beyond its line in the help. */
function options(more: ReadonlyMap<string, string>): Block[] {
  const unknown = [...more.keys()].filter((name) => !OPTION_TABLE.some(({ long }) => name === `--${long}`));
  if (unknown.length > 0) throw new Error(`docs/lockstep.1.md tells of no option: ${unknown.join(', ')}`);
  return OPTION_GROUP_NAMES.flatMap((group): Block[] => {
    const rows: readonly OptionRow[] = OPTION_GROUPS[group];
    const entries = rows.map((row) => option(row, more.get(`--${row.long}`)));
    return [
      { kind: 'heading', level: 3, text: TITLES[group] },
      { kind: 'entries', entries },
    ];
  });
}

function option(row: OptionRow, more: string | undefined): readonly [string, string] {
  const names = [...(row.short === undefined ? [] : [`-${row.short}`]), `--${row.long}${argumentOf(row)}`];
  const help = helpOf(row);
  return [names.join(', '), more === undefined ? help : `${sentence(help)} ${more}`];
}

/** `keep it` → `Keep it.`; what begins with a sign stays. */
function sentence(help: string): string {
  return `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
}

function examples(meanings: readonly string[]): Block {
  const lines = EXAMPLES.trimEnd().split('\n').slice(1).map(outdented);
  if (lines.length !== meanings.length)
    throw new Error('docs/lockstep.1.md explains other examples than the help has');
  return { kind: 'entries', entries: lines.map((line, at) => [line, meanings[at] ?? '']) };
}

function outdented(line: string): string {
  return line.replace(/^ {2}/, '');
}

function entriesOf(block: Block | undefined): ReadonlyMap<string, string> {
  return new Map(block?.kind === 'entries' ? block.entries : []);
}

function itemsOf(block: Block | undefined): readonly string[] {
  return block?.kind === 'items' ? block.items : [];
}

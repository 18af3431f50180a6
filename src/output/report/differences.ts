/** The output of `--dry-run` and `--audit`: a line a path, with the nodes that are alike there; or one object a path. */
import { isUtf8 } from 'node:buffer';
import type { Differing } from '../../core/events.ts';
import { LOOK_LIMITS } from '../../core/limits/look.ts';
import { sanitiseJson, sanitiseText, sanitiseWord } from '../../text/sanitise.ts';
import { unifiedDiff } from '../fold/diff.ts';
import type { NodeNames } from '../labels.ts';

/** `~ /etc/nginx.conf  web[1-40]`, with the lines of a diff behind it. */
export function differenceText(event: Differing, names: NodeNames): string {
  const word = event.look === 'audit' ? auditWord(event).padEnd(AUDIT_COLUMNS) : MARKS[event.kind];
  const path = `${sanitiseWord(event.path)}${event.isDirectory && !event.path.endsWith('/') ? '/' : ''}`;
  const line = `${word} ${path}${detail(event)}  ${names.of(event.nodes)}\n`;
  return line + sanitiseText(diffText(event) ?? '');
}

/** With the keys of all objects of lockstep; the value is in `difference`. */
export function differenceJson(event: Differing): string {
  const difference = differenceObject(event);
  return `${sanitiseJson(JSON.stringify({ body: '', host: null, node: null, stream: 'status', difference }))}\n`;
}

export function differenceObject(event: Differing): Record<string, unknown> {
  const { look, kind, attributes, path, isDirectory, nodes } = event;
  const diff = diffText(event);
  const ids = nodes.map(({ id }) => id);
  return { look, kind, attributes, path, isDirectory, nodes: ids, ...(diff === undefined ? {} : { diff }) };
}

const MARKS = { new: '+', content: '~', attributes: 'm', clash: '!', extra: '-', deleted: '-' } as const;
const AUDIT_COLUMNS = 10;

function auditWord({ kind, attributes }: Differing): string {
  switch (kind) {
    case 'new':
      return 'missing';
    case 'content':
    case 'extra':
    case 'deleted':
      return kind;
    case 'clash':
      return 'type';
    case 'attributes':
      return attributes.join(',');
  }
}

/** Further facts about it. */
function detail({ look, kind, attributes, isDirectory }: Differing): string {
  if (kind === 'clash') return isDirectory ? ' (no directory there)' : ' (a directory there)';
  const shown = kind === 'content' ? attributes.filter((attribute) => attribute !== 'time') : attributes;
  return shown.length === 0 || (look === 'audit' && kind === 'attributes') ? '' : ` (${shown.join(', ')})`;
}

/** The lines of a text that differ, from the file there to the file here. */
function diffText({ bytes, path, kind }: Differing): string | undefined {
  if (bytes === undefined) return undefined;
  if (bytes === 'too-long')
    return kind === 'new' ? 'too long to be shown\n' : 'too long, or too new, to be compared line by line\n';
  const { there, here } = bytes;
  // A newline in a path would begin a line of its own here, which anybody may have worded.
  const name = sanitiseWord(path);
  if (kind === 'new') return isText(here) ? bounded(newLines(name, here.toString('utf8'))) : 'no text\n';
  if (!isText(there) || !isText(here)) return 'no text: the bytes differ\n';
  const diff = unifiedDiff(
    { name: `${name} (there)`, bytes: there },
    { name: `${name} (here)`, bytes: here },
  );
  if (diff === undefined) return 'too different to be compared line by line\n';
  return bounded(diff.toString().split('\n'));
}

/** All lines of a file that is missing there; nothing for an empty one. The last line is empty. */
function newLines(name: string, text: string): string[] {
  const lines = text.split('\n');
  const end = lines.pop();
  if (end !== '') lines.push(end ?? '');
  if (lines.length === 0) return [''];
  const ending = end === '' ? [] : ['\\ No newline at end of file'];
  const head = ['--- /dev/null', `+++ ${name} (here)`, `@@ -0,0 +1,${lines.length} @@`];
  return [...head, ...lines.map((line) => `+${line}`), ...ending, ''];
}

function bounded(lines: readonly string[]): string {
  const more = lines.length - 1 - LOOK_LIMITS.diffLinesMax;
  if (more <= 0) return lines.join('\n');
  return `${lines.slice(0, LOOK_LIMITS.diffLinesMax).join('\n')}\nand ${more} lines more\n`;
}

function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

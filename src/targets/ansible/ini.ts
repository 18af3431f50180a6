/**
 * An inventory as INI: `[web]` with one host a line and its variables after it, `[web:children]`, `[web:vars]`.
 * See docs.ansible.com, "How to build your inventory". Pure.
 */
import { refuseAt } from '../refusal.ts';
import { Inventory } from './inventory.ts';
import { isRead, readVar, type Vars } from './vars.ts';

type Section = { readonly group: string; readonly kind: 'hosts' | 'children' | 'vars' };

/** Throws LockstepError `usage` with file and line. */
export function parseIni(text: string, file: string): Inventory {
  const inventory = new Inventory();
  let section: Section = { group: 'ungrouped', kind: 'hosts' };
  for (const [index, written] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const source = `${file}:${index + 1}`;
    const line = written.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    if (isHeader(line)) {
      section = readHeader(line, source);
      inventory.addGroup(section.group, source);
    } else addLine(inventory, section, line, source);
  }
  return inventory;
}

/** `[web]`, but not `[::1]`, which is a host. */
function isHeader(line: string): boolean {
  return line.startsWith('[') && !/^\[[^\]]*:[^\]]*:/.test(line);
}

function readHeader(line: string, source: string): Section {
  const [, group = '', kind = 'hosts'] = /^\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line) ?? [];
  if (group !== '' && (kind === 'hosts' || kind === 'children' || kind === 'vars')) return { group, kind };
  return refuseAt(
    { text: line, source },
    'that is no section',
    'a section is [web], [web:children] or [web:vars]',
  );
}

function addLine(inventory: Inventory, { group, kind }: Section, line: string, source: string): void {
  switch (kind) {
    case 'children':
      inventory.addChild(group, withoutComment(line), source);
      break;
    case 'vars': {
      const [, name = '', value = ''] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
      if (name === '') refuseAt({ text: line, source }, 'that is no variable', 'a variable is NAME=VALUE');
      inventory.addGroupVars(
        group,
        readVar(name, isRead(name) ? withoutComment(value) : value, source),
        source,
      );
      break;
    }
    default: {
      const [host = '', ...assignments] = splitWords(line, source);
      inventory.addHosts(group, host, readAssignments(assignments, source), source);
    }
  }
}

function readAssignments(words: readonly string[], source: string): Vars {
  const vars = words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 1)
      refuseAt(
        { text: word, source },
        'the variables of a host come after it',
        'one host a line: web1 ansible_port=2222',
      );
    return readVar(word.slice(0, equals), word.slice(equals + 1), source);
  });
  return Object.assign({}, ...vars);
}

function withoutComment(text: string): string {
  return text.replace(/(?:^|\s)#.*$/, '').trim();
}

/** Splits words as a shell does, like Ansible: quotes hold words together, and `#` begins a comment. */
function splitWords(line: string, source: string): string[] {
  const words: string[] = [];
  const part = /\s+|(#.*)|((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)/gy;
  let at = 0;
  while (at < line.length) {
    part.lastIndex = at;
    const [whole = '', comment, word] = part.exec(line) ?? [];
    if (whole === '')
      refuseAt({ text: line, source }, 'a quote is not closed', 'a value with blanks stands in quotes');
    if (comment !== undefined) break;
    if (word !== undefined) words.push(withoutQuotes(word));
    at += whole.length;
  }
  return words;
}

function withoutQuotes(word: string): string {
  return word.replace(
    /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
    (_whole, escaped?: string, single?: string, double?: string) =>
      escaped ?? single ?? (double ?? '').replace(/\\(["\\])/g, '$1'),
  );
}

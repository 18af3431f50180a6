/**
 * A file of groups and labels, `./lockstep.yaml` or `~/.config/lockstep/groups.yaml`:
 * `groups: {web: ['web[01-20]', '@db']}`, `labels: {dc: {east: ['*.east']}}`. Pure.
 */
import * as z from 'zod/mini';
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Catalogue, Entry } from './catalogue.ts';
import { GROUP_NAME } from './expression.ts';
import { parseYaml, type Yaml } from './yaml-position.ts';

const name = z.string().check(z.regex(GROUP_NAME));
/** A number, as in `web: [10]`, is no target, and an empty list names nothing. */
const list = z.array(z.string()).check(z.minLength(1));

const schema = z.strictObject({
  groups: z.optional(z.record(name, list)),
  labels: z.optional(z.record(name, z.record(name, list))),
  /** Values for files that are templates: allowed, and not read yet. */
  configs: z.optional(z.unknown()),
  vars: z.optional(z.unknown()),
});

/** `file`: its name as the user knows it. Throws LockstepError `usage` with file, line, column and what belongs there. */
export function parseGroups(text: string, file: string): Catalogue {
  const yaml = parseYaml(text, file);
  const result = schema.safeParse(yaml.data ?? {});
  if (!result.success) throw refusal(result.error.issues[0], yaml, file);
  const { groups = {}, labels = {} } = result.data;
  const entries = (texts: readonly string[], path: readonly string[]): Entry[] =>
    texts.map((entry, index) => ({ text: entry, source: yaml.place([...path, index]) }));
  return {
    groups: new Map(Object.entries(groups).map(([key, texts]) => [key, entries(texts, ['groups', key])])),
    labels: new Map(
      Object.entries(labels).map(([label, values]) => [
        label,
        new Map(
          Object.entries(values).map(([value, texts]) => [value, entries(texts, ['labels', label, value])]),
        ),
      ]),
    ),
    sources: [file],
  };
}

const SHAPE = "groups: {web: ['web[01-20]', '@db']} and labels: {dc: {east: ['*.east']}}";

function refusal(issue: z.core.$ZodIssue | undefined, yaml: Yaml, file: string): LockstepError {
  if (issue === undefined) return new LockstepError('usage', `${file} is no file of groups`);
  const isKey = issue.code === 'invalid_key';
  const key = isKey
    ? String(issue.path.at(-1))
    : issue.code === 'unrecognized_keys'
      ? issue.keys[0]
      : undefined;
  const place = yaml.place(isKey ? issue.path.slice(0, -1) : issue.path, key);
  return new LockstepError('usage', `${place}: ${wrong(issue)}`, {
    hint: `a file of groups has ${SHAPE}`,
  });
}

function wrong(issue: z.core.$ZodIssue): string {
  const at = quoteInput(issue.path.map(String).join('.'));
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${quoteInput(issue.keys[0] ?? '')} is not known here; there are groups, labels, configs and vars`;
    case 'invalid_key':
      return `${at} is no name of a group or label: letters, digits and . _ - :`;
    case 'too_small':
      return `${at} names nothing; a list has at least one target`;
    case 'invalid_type':
      return `${at === "''" ? 'the file' : at} is no ${expected(issue.expected)}`;
    default:
      return `${at}: ${issue.message}`;
  }
}

function expected(type: string): string {
  if (type === 'array') return 'list of targets';
  return type === 'string' ? 'target' : 'table of names';
}

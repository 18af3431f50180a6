/** How the status bar looks: one of three themes, or orgalorg's `--bar-format`. Pure. */
import { readFormat, readGivenTemplate } from './read-format.ts';
import { joinSequences, Style } from './style.ts';
import type { Vocabulary } from './template.ts';
import { GO_FUNCTIONS, STYLE_FUNCTIONS, type Value } from './template-functions.ts';
import { BAR_THEMES, isTheme } from './themes.ts';

/** What a bar may show. orgalorg has the first six. */
export interface BarFields {
  /** connect, lock, upload, commit, exec or release. */
  readonly Phase: string;
  readonly Success: number;
  /** Nodes without those that failed. */
  readonly Total: number;
  readonly Fails: number;
  /** `2.93KiB`; empty where nothing is sent, like the next two. */
  readonly Written: string;
  readonly Bytes: string;
  /** Bytes a second. */
  readonly Rate: string;
  readonly Nodes: number;
  /** 20 characters that fill up. */
  readonly Bar: string;
  readonly Elapsed: string;
}

/** A text of one line; only colours of ours are in it. */
export type BarLook = (fields: BarFields) => string;

/** `format`: the name of a theme, or a format. Throws LockstepError `usage`. */
export function createBarLook(format: string, hasColour: boolean): BarLook {
  const text = isTheme(format) ? BAR_THEMES[format] : format;
  const template = readFormat('--bar-format', () => readGivenTemplate(text, VOCABULARY));
  return (fields) => {
    const values: Readonly<Record<string, Value>> = { ...fields };
    // A tab is as wide as its place makes it.
    return joinSequences(template({ values, style: new Style(hasColour) })).replaceAll('\t', ' ');
  };
}

const FIELDS: Readonly<Record<keyof BarFields, 'text' | 'number'>> = {
  Phase: 'text',
  Success: 'number',
  Total: 'number',
  Fails: 'number',
  Written: 'text',
  Bytes: 'text',
  Rate: 'text',
  Nodes: 'number',
  Bar: 'text',
  Elapsed: 'text',
};

const VOCABULARY: Vocabulary = { fields: FIELDS, functions: { ...GO_FUNCTIONS, ...STYLE_FUNCTIONS } };

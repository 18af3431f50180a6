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
  /** `47%`; empty where it is not known how much is sent, like `Bytes` and `Left`. */
  readonly Percent: string;
  /** `2.93KiB`. */
  readonly Written: string;
  readonly Bytes: string;
  /** Bytes a second, of the last seconds; empty as long as that is not known. */
  readonly Rate: string;
  /** The time that the rest takes at this rate. */
  readonly Left: string;
  /** Instead of both: `stalled 12s`, or `checking` where nodes have all. */
  readonly Note: string;
  readonly Nodes: number;
  /** 20 characters that fill up. */
  readonly Bar: string;
  readonly Elapsed: string;
}

/** A text of one line; only colours of ours are in it. */
export interface BarLook {
  (fields: BarFields): string;
  /** Fields may be left out where there is no room. */
  readonly isFlexible: boolean;
}

/** `format`: the name of a theme, or a format. Throws LockstepError `usage`. */
export function createBarLook(format: string, hasColour: boolean): BarLook {
  const text = isTheme(format) ? BAR_THEMES[format] : format;
  const template = readFormat('--bar-format', () => readGivenTemplate(text, VOCABULARY));
  const draw = (fields: BarFields) => {
    const values: Readonly<Record<string, Value>> = { ...fields };
    // A tab is as wide as its place makes it.
    return joinSequences(template({ values, style: new Style(hasColour) })).replaceAll('\t', ' ');
  };
  return Object.assign(draw, { isFlexible: isTheme(format) });
}

const FIELDS: Readonly<Record<keyof BarFields, 'text' | 'number'>> = {
  Phase: 'text',
  Success: 'number',
  Total: 'number',
  Fails: 'number',
  Percent: 'text',
  Written: 'text',
  Bytes: 'text',
  Rate: 'text',
  Left: 'text',
  Note: 'text',
  Nodes: 'number',
  Bar: 'text',
  Elapsed: 'text',
};

const VOCABULARY: Vocabulary = { fields: FIELDS, functions: { ...GO_FUNCTIONS, ...STYLE_FUNCTIONS } };

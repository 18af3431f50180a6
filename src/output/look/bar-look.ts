/** How the status bar looks: one of three themes, or orgalorg's `--bar-format`. Pure. */
import { readFormat, readGivenTemplate } from './read-format.ts';
import { joinSequences, Style } from './style.ts';
import type { Vocabulary } from './template.ts';
import { GO_FUNCTIONS, STYLE_FUNCTIONS, type Value } from './template-functions.ts';
import { BAR_THEMES, isTheme } from './themes.ts';

/** The fields of a bar. orgalorg has the first six. */
export interface BarFields {
  /** connect, lock, upload, commit, exec or release. */
  readonly Phase: string;
  readonly Success: number;
  /** The number of nodes without those that failed. */
  readonly Total: number;
  readonly Fails: number;
  /** `47%`; empty, like `Bytes` and `Left`, if nobody knows how much there is to send. */
  readonly Percent: string;
  /** `2.93KiB`. */
  readonly Written: string;
  readonly Bytes: string;
  /** Bytes a second, in the last seconds; empty while unknown. */
  readonly Rate: string;
  /** The time for the rest at this rate. */
  readonly Left: string;
  /** Instead of both: `stalled 12s`, or `checking` once nodes have everything. */
  readonly Note: string;
  readonly Nodes: number;
  /** 20 characters that fill up. */
  readonly Bar: string;
  readonly Elapsed: string;
}

/** A text of one line; the only colours in it are lockstep's. */
export interface BarLook {
  (fields: BarFields): string;
  /** Fields may go if there is no room. */
  readonly isFlexible: boolean;
}

/** `format`: the name of a theme, or a format. Throws LockstepError `usage`. */
export function createBarLook(format: string, hasColour: boolean): BarLook {
  const text = isTheme(format) ? BAR_THEMES[format] : format;
  const template = readFormat('--bar-format', () => readGivenTemplate(text, VOCABULARY));
  const draw = (fields: BarFields) => {
    const values: Readonly<Record<string, Value>> = { ...fields };
    // The width of a tab depends on its place.
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

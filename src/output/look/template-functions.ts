/** The functions that a template may call: Go's comparisons and `printf`, and those that set colours. Pure. */
import type { Style } from './style.ts';
import { TemplateError } from './template-tokens.ts';

export type Value = string | number | boolean;

export type ValueType = 'text' | 'number' | 'truth' | 'anything';

/** The values for a template. */
export interface Scope {
  readonly values: Readonly<Record<string, Value>>;
  readonly style: Style;
}

export interface Expression {
  readonly type: ValueType;
  /** If it is known before the template is filled in. */
  readonly literal?: Value;
  run(scope: Scope): Value;
}

export interface TemplateFunction {
  readonly parameters: readonly ValueType[];
  /** More arguments of this type may follow. */
  readonly more?: ValueType;
  readonly result: ValueType;
  /** Throws a TemplateError for arguments whose mistake shows beforehand. */
  check?(given: readonly Expression[]): void;
  run(scope: Scope, given: readonly Value[]): Value;
}

export function isTrue(value: Value): boolean {
  return value !== '' && value !== 0 && value !== false;
}

const setStyle = (run: (style: Style) => string): TemplateFunction => ({
  parameters: [],
  result: 'text',
  run: ({ style }) => run(style),
});

const setColour = (run: (style: Style, colour: number) => string): TemplateFunction => ({
  parameters: ['number'],
  result: 'text',
  check: ([colour]) => checkColour(colour),
  run: ({ style }, [colour]) => run(style, Number(colour)),
});

const compare = (type: ValueType, holds: (left: Value, right: Value) => boolean): TemplateFunction => ({
  parameters: [type, type],
  result: 'truth',
  check: refuseMixedTypes,
  run: (_scope, [left = '', right = '']) => holds(left, right),
});

export const STYLE_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  fg: setColour((style, colour) => style.foreground(colour)),
  bg: setColour((style, colour) => style.background(colour)),
  nofg: setStyle((style) => style.foreground(-1)),
  nobg: setStyle((style) => style.background(-1)),
  bold: setStyle((style) => style.turn('bold', true)),
  nobold: setStyle((style) => style.turn('bold', false)),
  underline: setStyle((style) => style.turn('underline', true)),
  nounderline: setStyle((style) => style.turn('underline', false)),
  reverse: setStyle((style) => style.turn('reverse', true)),
  noreverse: setStyle((style) => style.turn('reverse', false)),
  reset: setStyle((style) => style.reset()),
  from: {
    parameters: ['text', 'number'],
    result: 'text',
    check: ([, colour]) => checkColour(colour),
    run: ({ style }, [text, colour]) => style.from(String(text), Number(colour)),
  },
  to: {
    parameters: ['number', 'text'],
    result: 'text',
    check: ([colour]) => checkColour(colour),
    run: ({ style }, [colour, text]) => style.to(Number(colour), String(text)),
  },
};

export const GO_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  eq: {
    parameters: ['anything', 'anything'],
    more: 'anything',
    result: 'truth',
    check: refuseMixedTypes,
    run: (_scope, [first, ...others]) => others.includes(first ?? ''),
  },
  ne: compare('anything', (left, right) => left !== right),
  lt: compare('number', (left, right) => left < right),
  le: compare('number', (left, right) => left <= right),
  gt: compare('number', (left, right) => left > right),
  ge: compare('number', (left, right) => left >= right),
  not: {
    parameters: ['anything'],
    result: 'truth',
    run: (_scope, [value = '']) => !isTrue(value),
  },
  and: {
    parameters: ['anything'],
    more: 'anything',
    result: 'anything',
    run: (_scope, given) => given.find((value) => !isTrue(value)) ?? given.at(-1) ?? false,
  },
  or: {
    parameters: ['anything'],
    more: 'anything',
    result: 'anything',
    run: (_scope, given) => given.find(isTrue) ?? given.at(-1) ?? false,
  },
  len: { parameters: ['text'], result: 'number', run: (_scope, [text]) => [...String(text)].length },
  printf: {
    parameters: ['text'],
    more: 'anything',
    result: 'text',
    check: checkFormat,
    run: (_scope, [format, ...given]) => print(String(format), given),
  },
};

function checkColour(colour: Expression | undefined): void {
  const value = colour?.literal;
  if (typeof value === 'number' && value >= -1 && value <= 255) return;
  throw new TemplateError(`a colour is a number from 0 to 255, or -1, not ${value ?? 'a field'}`);
}

function refuseMixedTypes(given: readonly Expression[]): void {
  const types = new Set(given.map(({ type }) => type).filter((type) => type !== 'anything'));
  if (types.size > 1) throw new TemplateError(`${[...types].join(' and ')} cannot be compared`);
}

/** `%5d`, `%-7s`, `%v`, `%%`; for anything else all up to the next letter, so that an error can name it. */
const VERB = /%(?:%|([-0]*)(\d{0,3})(?:\.(\d{1,3}))?([sdv])|[^a-zA-Z%]*[a-zA-Z]?)/g;

function checkFormat([format, ...given]: readonly Expression[]): void {
  if (typeof format?.literal !== 'string') throw new TemplateError('printf takes its format in quotes');
  const verbs = [...format.literal.matchAll(VERB)].filter(([verb]) => verb !== '%%');
  if (verbs.length !== given.length) {
    throw new TemplateError(`printf has ${verbs.length} places for ${given.length} values`);
  }
  for (const [at, [verb, , , , letter]] of verbs.entries()) {
    if (letter === undefined) throw new TemplateError(`${verb} of printf is not supported`);
    const type = given[at]?.type;
    if (letter === 'd' && type !== 'number') throw new TemplateError(`${verb} of printf takes a number`);
    if (letter === 's' && type !== 'text') throw new TemplateError(`${verb} of printf takes a text`);
  }
}

function print(format: string, given: readonly Value[]): string {
  let at = 0;
  return format.replace(VERB, (verb, flags: string, width: string, precision: string | undefined) => {
    if (verb === '%%') return '%';
    const value = given[at++] ?? '';
    const text = precision === undefined ? String(value) : String(value).slice(0, Number(precision));
    if (flags.includes('-')) return text.padEnd(Number(width));
    return text.padStart(Number(width), flags.includes('0') && typeof value === 'number' ? '0' : ' ');
  });
}

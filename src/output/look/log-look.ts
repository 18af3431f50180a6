/**
 * How log records look: one of three themes, or orgalorg's `--log-format`, in which `${time:LAYOUT}` and
 * `${level:FORMAT:ALIGN:SHORT}` stand for what their names say, `%s` for the message, and `{onerror "…"}` sets colours.
 * Pure.
 */
import type { LogLevel } from '../../core/events.ts';
import { columnsOf } from '../../text/width.ts';
import { formatGoTime } from './go-time.ts';
import { readFormat, readGivenTemplate } from './read-format.ts';
import { joinSequences, Style } from './style.ts';
import type { Template, Vocabulary } from './template.ts';
import { STYLE_FUNCTIONS, type TemplateFunction } from './template-functions.ts';
import { refuseControls, TemplateError } from './template-tokens.ts';
import { isTheme, LOG_THEMES, type LogTheme } from './themes.ts';

/** The text around the message of one record, and the width of the part before it. */
export interface RecordFrame {
  readonly before: string;
  readonly after: string;
  readonly indentColumns: number;
}

export type LogLook = (level: LogLevel, time: Date) => RecordFrame;

/** `format`: the name of a theme, or a format. Throws LockstepError `usage`. */
export function createLogLook(format: string, hasColour: boolean): LogLook {
  const templateOf = isTheme(format) ? themeTemplate(LOG_THEMES[format]) : formatTemplate(format);
  const looks = readFormat('--log-format', () =>
    LEVELS.map((level) => [level, readLevel(templateOf, level, hasColour)] as const),
  );
  const byLevel = new Map<LogLevel, (time: Date) => RecordFrame>(looks);
  return (level, time) => byLevel.get(level)?.(time) ?? { before: '', after: '', indentColumns: 0 };
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** orgalorg's default format; a theme colours the whole line, or only the level. */
function themeTemplate(theme: LogTheme): (level: LogLevel) => string {
  return (level) => {
    const { line = '', level: field = '' } = theme[level];
    const shown = field === '' ? ` ${LEVEL}` : `${field} ${LEVEL}{reset}${line}`;
    return `${line}\${time}${shown} %s${line === '' ? '' : '{reset}'}`;
  };
}

const LEVEL = '${level:[%s]:right:short}';

function formatTemplate(format: string): () => string {
  return () => format;
}

/** Everything but the time and the message is the same in all records of a level. */
function readLevel(
  templateOf: (level: LogLevel) => string,
  level: LogLevel,
  hasColour: boolean,
): (time: Date) => RecordFrame {
  const style = new Style(hasColour);
  const template = readLogTemplate(templateOf(level));
  const text = joinSequences(template({ values: { level }, style }));
  const { before, after } = splitAtMessage(text);
  const end = style.isPlain ? '' : style.reset();
  return (time) => {
    const shown = fillTimes(before, time);
    return { before: shown, after: fillTimes(after, time) + end, indentColumns: columnsOf(shown) };
  };
}

/** No format can hold this character. */
const TIME_MARK = '\0';

function fillTimes(text: string, time: Date): string {
  const parts = text.split(TIME_MARK);
  return parts.map((part, at) => (at % 2 === 1 ? formatGoTime(time, part) : part)).join('');
}

function splitAtMessage(text: string): { before: string; after: string } {
  const parts = [''];
  for (const [part] of text.matchAll(/%.?|[^%]+/gs)) {
    if (part === '%s') parts.push('');
    else if (part.startsWith('%') && part !== '%%') {
      throw new TemplateError(`${part} is not supported: %s is the message, %% a percent sign`);
    } else parts.push((parts.pop() ?? '') + (part === '%%' ? '%' : part));
  }
  const [before = '', after, more] = parts;
  if (after === undefined || more !== undefined) {
    throw new TemplateError('it needs one %s, which stands for the message');
  }
  return { before, after };
}

function readLogTemplate(text: string): Template {
  refuseControls(text);
  const withCalls = text.replace(
    /\$\{([^}]+)\}/g,
    (_whole, placeholder: string) => `{lorg ${JSON.stringify(placeholder)}}`,
  );
  return readGivenTemplate(withCalls, VOCABULARY);
}

const onLevel = (name: string): TemplateFunction => ({
  parameters: ['text'],
  result: 'text',
  check: ([text]) => checkStyle(text?.literal),
  run: (scope, [text]) => (scope.values.level === name ? readLogTemplate(String(text))(scope) : ''),
});

const VOCABULARY: Vocabulary = {
  fields: {},
  functions: {
    ...STYLE_FUNCTIONS,
    lorg: {
      parameters: ['text'],
      result: 'text',
      check: ([placeholder]) => void replace(String(placeholder?.literal), 'info'),
      run: ({ values }, [placeholder]) => replace(String(placeholder), values.level as LogLevel),
    },
    store: { parameters: [], result: 'text', run: ({ style }) => style.store() },
    restore: { parameters: [], result: 'text', run: ({ style }) => style.restore() },
    onlevel: {
      parameters: ['text', 'text'],
      result: 'text',
      check: ([, text]) => checkStyle(text?.literal),
      run: (scope, [name, text]) => onLevel(levelOf(String(name))).run(scope, [text ?? '']),
    },
    ontrace: onLevel('trace'),
    ondebug: onLevel('debug'),
    oninfo: onLevel('info'),
    onwarning: onLevel('warn'),
    onerror: onLevel('error'),
    onfatal: onLevel('fatal'),
  },
};

function checkStyle(text: unknown): void {
  if (typeof text !== 'string') throw new TemplateError('a style is written in quotes');
  readLogTemplate(text);
}

function levelOf(name: string): string {
  return name.toLowerCase() === 'warning' ? 'warn' : name.toLowerCase();
}

/** `time:15:04:05` → a mark that holds the layout; `level:[%s]:right:short` → ` [WARN]`. */
function replace(placeholder: string, level: LogLevel): string {
  const [, name = '', , value = ''] = /^(\w+)(:(.*))?$/s.exec(placeholder) ?? [];
  if (name === 'time') {
    refuseControls(value);
    return `${TIME_MARK}${value || DEFAULT_TIME_LAYOUT}${TIME_MARK}`;
  }
  if (name === 'level') return writeLevel(level, value);
  if (name === 'prefix') return '';
  throw new TemplateError(`\${${name || placeholder}} is not supported: there are \${time} and \${level}`);
}

const DEFAULT_TIME_LAYOUT = '2006-01-02 15:04:05';

function writeLevel(level: LogLevel, value: string): string {
  const [format = '', align = '', short = ''] = value.replaceAll('\\:', TIME_MARK).split(':');
  const isShort = ['true', 'yes', '1', 'short'].includes(short);
  const name = level === 'warn' && !isShort ? 'WARNING' : level.toUpperCase();
  const padding = ' '.repeat((isShort ? 5 : 7) - name.length);
  const shown = (format || '%s').replaceAll(TIME_MARK, ':').replace('%s', name).replaceAll('%', '%%');
  if (align === 'right') return padding + shown;
  return align === 'left' ? shown + padding : shown;
}

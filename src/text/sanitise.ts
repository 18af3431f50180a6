/**
 * Makes hostile bytes visible before they reach a terminal (promises S9, S10).
 * Everything that could move the cursor, retitle the window, reorder text or hide it becomes plain characters;
 * only colours (SGR) may pass, and they end with their line.
 */

const ESC = '\x1b';
const NOT_PLAIN = /[^\n\t\x20-\x7e]/;
/**
 * What a terminal obeys or does not show, by Unicode's own classes: C0, DEL and C1; line separators; bidi controls,
 * zero-width and other invisible characters. Emoji variation selectors stay.
 */
const UNSAFE =
  '(?![\\n\\t\\ufe00-\\ufe0f])[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Bidi_Control}\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb]';
const EACH_UNSAFE = new RegExp(UNSAFE, 'gu');
/** A colour sequence, kept; a carriage return before a newline, dropped; else one character to be shown. */
const COLOUR_OR_UNSAFE = new RegExp(`(${ESC}\\[[\\d;:]{0,64}m)|\\r(?=\\n)|(${UNSAFE})`, 'gu');
const COLOURED_LINE = new RegExp(`${ESC}\\[[^\\n]*`, 'g');

export const COLOUR_RESET = `${ESC}[0m`;

/** Lines from a node, as a terminal may show them: decoded from UTF-8, `\r\n` ends a line like `\n`. */
export function sanitiseLines(lines: Buffer): string {
  const bytes = lines.toString('latin1');
  if (isPlain(bytes)) return bytes;
  return resetColours(lines.toString('utf8').replace(COLOUR_OR_UNSAFE, keepColour));
}

/** Text that we insert ourselves and that may hold remote text (names, error texts): no colours; newlines and tabs stay. */
export function sanitiseText(text: string): string {
  return isPlain(text) ? text : text.replace(EACH_UNSAFE, show);
}

/** The same for text that must stay on one line, such as a node's name. */
export function sanitiseWord(text: string): string {
  return sanitiseText(text).replace(/[\n\t]/g, show);
}

/** Escapes what JSON leaves as it is although a terminal would obey it; the parsed value stays the same. */
export function sanitiseJson(json: string): string {
  return isPlain(json) ? json : json.replace(EACH_UNSAFE, escapeUnits);
}

/** Printable ASCII, tab and newline: a text of these alone needs no work. */
export function isPlain(text: string): boolean {
  return !NOT_PLAIN.test(text);
}

function keepColour(_match: string, colour: string | undefined, unsafe: string | undefined): string {
  return colour ?? (unsafe === undefined ? '' : show(unsafe));
}

/** `^[` for ESC, `^M` for a carriage return, `^?` for DEL, `\u{202e}` for the others. */
function show(unsafe: string): string {
  const code = unsafe.codePointAt(0) ?? 0;
  return code < 0x20 || code === 0x7f ? `^${String.fromCharCode(code ^ 0x40)}` : `\\u{${code.toString(16)}}`;
}

function escapeUnits(unsafe: string): string {
  return Array.from({ length: unsafe.length }, (_, index) => unsafe.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** A colour that a node leaves on must not paint the next line, which may be another node's. */
function resetColours(text: string): string {
  return text.includes(ESC)
    ? text.replace(COLOURED_LINE, (colouredPart) => colouredPart + COLOUR_RESET)
    : text;
}

/** How many columns of a terminal a text takes. Where terminals differ the larger number counts, so that nothing wraps. Pure. */
import { COLOUR_RESET } from './sanitise.ts';

const ESC = '\x1b';
/** Colours are kept and take no room. */
const SEQUENCE_OR_CHARACTER = new RegExp(`${ESC}\\[[\\d;]*m|.`, 'gsu');
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Tangut}\u2e80-\u303f\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/u;
/** Characters that stand on the one before them. A variation selector is none: it may widen that character. */
const WITHOUT_WIDTH = /(?!\ufe0f)[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u;

export function columnsOf(text: string): number {
  if (isAscii(text)) return text.length;
  return [...text.matchAll(SEQUENCE_OR_CHARACTER)].reduce((columns, [part]) => columns + widthOf(part), 0);
}

/** As much of the text as fits; the colours that it leaves on are ended. */
export function cutToColumns(text: string, columnsMax: number): string {
  if (isAscii(text)) return text.slice(0, Math.max(columnsMax, 0));
  let columns = 0;
  let cut = '';
  for (const [part] of text.matchAll(SEQUENCE_OR_CHARACTER)) {
    columns += widthOf(part);
    if (columns > columnsMax) break;
    cut += part;
  }
  return cut.includes(ESC) ? `${cut}${COLOUR_RESET}` : cut;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function widthOf(part: string): number {
  if (part.startsWith(ESC) || WITHOUT_WIDTH.test(part)) return 0;
  return WIDE.test(part) ? 2 : 1;
}

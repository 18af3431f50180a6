/**
 * A terminal, as far as a status bar needs one: text, CR, LF, erasing from the cursor down, automatic wrapping and its
 * switch, colours. On a resize it flows its lines anew, as newer ones do, or leaves them, as xterm does.
 */
interface Row {
  readonly cells: string[];
  /** The text goes on in the next row. */
  isWrapped: boolean;
}

const ESC = '\x1b';
const SEQUENCE_OR_CHARACTER = new RegExp(`${ESC}\\[[?\\d;]*[A-Za-z]|[^]`, 'gu');
const COLOUR = new RegExp(`^${ESC}\\[[\\d;]*m$`);

export class Screen {
  readonly #isReflowing: boolean;
  #columns: number;
  #rows: Row[] = [{ cells: [], isWrapped: false }];
  #row = 0;
  #column = 0;
  #isWrapping = true;

  constructor(columns: number, { isReflowing }: { isReflowing: boolean }) {
    this.#columns = columns;
    this.#isReflowing = isReflowing;
  }

  get columns(): number {
    return this.#columns;
  }

  write(text: string): void {
    for (const [part] of text.matchAll(SEQUENCE_OR_CHARACTER)) this.#take(part);
  }

  /** Lines as they were written, without those rows that are empty at the end. */
  lines(): string[] {
    const text = this.#rows.map(({ cells, isWrapped }) => {
      const line = Array.from(cells, (cell) => cell ?? ' ').join('');
      return isWrapped ? line : `${line.trimEnd()}\n`;
    });
    return text.join('').trimEnd().split('\n');
  }

  resize(columns: number): void {
    if (this.#isReflowing) this.#reflow(columns);
    this.#columns = columns;
    this.#column = Math.min(this.#column, columns - 1);
  }

  #take(part: string): void {
    if (part === '\r') this.#column = 0;
    else if (part === '\n') this.#down(false);
    else if (part === '\x1b[J') this.#eraseDown();
    else if (part.endsWith('A') && part.startsWith('\x1b['))
      this.#row = Math.max(0, this.#row - Number.parseInt(part.slice(2), 10));
    else if (part === '\x1b[?7l') this.#isWrapping = false;
    else if (part === '\x1b[?7h') this.#isWrapping = true;
    else if (COLOUR.test(part)) return;
    else if (part.startsWith('\x1b')) throw new Error(`the terminal does not know ${JSON.stringify(part)}`);
    else this.#put(part);
  }

  #put(character: string): void {
    const width = /[\p{Script=Han}\p{Emoji_Presentation}]/u.test(character) ? 2 : 1;
    if (this.#column + width > this.#columns) {
      if (this.#isWrapping) this.#down(true);
      else this.#column = Math.max(0, this.#columns - width);
    }
    const { cells } = this.#current();
    cells[this.#column] = character;
    if (width === 2) cells[this.#column + 1] = '';
    this.#column += width;
  }

  #down(isWrapped: boolean): void {
    this.#current().isWrapped = isWrapped;
    if (isWrapped) this.#column = 0;
    this.#row++;
    this.#rows[this.#row] ??= { cells: [], isWrapped: false };
    // A terminal adds the carriage return.
    this.#column = 0;
  }

  #eraseDown(): void {
    this.#current().cells.length = this.#column;
    this.#current().isWrapped = false;
    this.#rows.length = this.#row + 1;
  }

  #current(): Row {
    return this.#rows[this.#row] ?? { cells: [], isWrapped: false };
  }

  /** The cursor stays on its character. */
  #reflow(columns: number): void {
    const rows: Row[] = [];
    let place = { row: 0, column: 0 };
    let line: string[] = [];
    let cursor: number | undefined;
    for (const [index, { cells, isWrapped }] of this.#rows.entries()) {
      if (index === this.#row) cursor = line.length + this.#column;
      line.push(...Array.from(cells, (cell) => cell ?? ' '));
      if (isWrapped) continue;
      const first = rows.length;
      for (let start = 0; start === 0 || start < line.length; start += columns) {
        rows.push({ cells: line.slice(start, start + columns), isWrapped: start + columns < line.length });
      }
      if (cursor !== undefined) {
        place = {
          row: Math.min(first + Math.floor(cursor / columns), rows.length - 1),
          column: cursor % columns,
        };
      }
      line = [];
      cursor = undefined;
    }
    this.#rows = rows;
    this.#row = place.row;
    this.#column = place.column;
  }
}

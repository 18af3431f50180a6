/** Colours and other attributes of text, as the template functions set them, and the SGR sequences that show them. Pure. */

interface Attributes {
  /** A colour of 256, or -1: the terminal's own. */
  readonly foreground: number;
  readonly background: number;
  readonly bold: boolean;
  readonly underline: boolean;
  readonly reverse: boolean;
}

const PLAIN: Attributes = {
  foreground: -1,
  background: -1,
  bold: false,
  underline: false,
  reverse: false,
};

/** The attributes at one place of a template. Each method returns the sequence that makes the terminal follow, '' without colours. */
export class Style {
  readonly #hasColour: boolean;
  #now = PLAIN;
  #stored = PLAIN;

  constructor(hasColour: boolean) {
    this.#hasColour = hasColour;
  }

  foreground(colour: number): string {
    this.#now = { ...this.#now, foreground: colour };
    return this.#codes([colour < 0 ? '39' : `38;5;${colour}`]);
  }

  background(colour: number): string {
    this.#now = { ...this.#now, background: colour };
    return this.#codes([colour < 0 ? '49' : `48;5;${colour}`]);
  }

  turn(attribute: 'bold' | 'underline' | 'reverse', isOn: boolean): string {
    this.#now = { ...this.#now, [attribute]: isOn };
    const [on, off] = TURNS[attribute];
    return this.#codes([isOn ? on : off]);
  }

  reset(): string {
    this.#now = PLAIN;
    return this.#codes(['0']);
  }

  /** The text in the colour of the old background, on the next one: the tip of an arrow. */
  from(text: string, nextBackground: number): string {
    const { foreground, background } = this.#now;
    return this.foreground(background) + this.background(nextBackground) + text + this.foreground(foreground);
  }

  /** The text in the colour of the next background, on the old one. */
  to(nextBackground: number, text: string): string {
    const { foreground } = this.#now;
    return (
      this.foreground(nextBackground) + text + this.background(nextBackground) + this.foreground(foreground)
    );
  }

  /** Nothing stays on for the text that follows. */
  get isPlain(): boolean {
    return JSON.stringify(this.#now) === JSON.stringify(PLAIN);
  }

  store(): string {
    this.#stored = this.#now;
    return '';
  }

  restore(): string {
    const { foreground, background, bold, underline, reverse } = this.#stored;
    this.#now = this.#stored;
    return this.#codes([
      '0',
      ...(bold ? ['1'] : []),
      ...(underline ? ['4'] : []),
      ...(reverse ? ['7'] : []),
      ...(foreground < 0 ? [] : [`38;5;${foreground}`]),
      ...(background < 0 ? [] : [`48;5;${background}`]),
    ]);
  }

  #codes(codes: readonly string[]): string {
    return this.#hasColour ? `\x1b[${codes.join(';')}m` : '';
  }
}

const TURNS = { bold: ['1', '22'], underline: ['4', '24'], reverse: ['7', '27'] } as const;

/** Merges sequences that stand side by side into one. */
export function joinSequences(text: string): string {
  return text.replaceAll('m\x1b[', ';');
}

/**
 * Status bar and log formats, in the part of Go's text/template that orgalorg's formats use: fields, functions with
 * arguments, `|`, `( )`, `if`, `else if`, `else`, `end`. It checks a template whole, even branches that are never
 * taken, so that filling it in cannot fail. Pure.
 */
import { quoteInput } from '../../text/quote-input.ts';
import {
  type Expression,
  isTrue,
  type Scope,
  type TemplateFunction,
  type ValueType,
} from './template-functions.ts';
import { type Piece, readPieces, TemplateError, type Token } from './template-tokens.ts';

export interface Vocabulary {
  readonly fields: Readonly<Record<string, Exclude<ValueType, 'anything'>>>;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
}

/** A template that was read: fills in the fields of its vocabulary. */
export type Template = (scope: Scope) => string;

/** Throws a TemplateError that names what it does not support. */
export function readTemplate(text: string, vocabulary: Vocabulary): Template {
  const reader = new Reader(readPieces(text), vocabulary);
  const template = reader.readBlock();
  reader.refuseRest();
  return template;
}

class Reader {
  readonly #pieces: readonly Piece[];
  readonly #vocabulary: Vocabulary;
  #at = 0;

  constructor(pieces: readonly Piece[], vocabulary: Vocabulary) {
    this.#pieces = pieces;
    this.#vocabulary = vocabulary;
  }

  /** Up to an `else`, an `end`, or the end of the template. */
  readBlock(): Template {
    const parts: Template[] = [];
    for (;;) {
      const piece = this.#pieces[this.#at];
      if (piece === undefined || ['else', 'end'].includes(keywordOf(piece))) break;
      this.#at++;
      parts.push(this.#readPiece(piece));
    }
    return (scope) => parts.map((part) => part(scope)).join('');
  }

  refuseRest(): void {
    const rest = this.#pieces[this.#at];
    if (rest?.kind === 'action') throw new TemplateError(`${quoteInput(rest.source)} has no {if} before it`);
  }

  #readPiece(piece: Piece): Template {
    if (piece.kind === 'text') return () => piece.text;
    const keyword = keywordOf(piece);
    if (UNSUPPORTED.includes(keyword)) throw new TemplateError(`{${keyword}} is not supported`);
    if (keyword === 'if') return this.#readIf(piece.tokens.slice(1), piece.source);
    const expression = this.#readExpression(piece.tokens, piece.source);
    return (scope) => String(expression.run(scope));
  }

  #readIf(condition: readonly Token[], source: string): Template {
    const expression = this.#readExpression(condition, source);
    const whenTrue = this.readBlock();
    const next = this.#pieces[this.#at++];
    if (next?.kind !== 'action') throw new TemplateError(`${quoteInput(source)} has no {end}`);
    const whenFalse = this.#readElse(next, source);
    return (scope) => (isTrue(expression.run(scope)) ? whenTrue(scope) : whenFalse(scope));
  }

  #readElse({ tokens, source }: Extract<Piece, { kind: 'action' }>, opening: string): Template {
    const [keyword, second, ...condition] = tokens;
    if (isWord(keyword, 'end') && second === undefined) return () => '';
    if (isWord(keyword, 'else') && isWord(second, 'if')) return this.#readIf(condition, source);
    if (!isWord(keyword, 'else') || second !== undefined) {
      throw new TemplateError(`${quoteInput(source)} is not supported`);
    }
    const block = this.readBlock();
    const end = this.#pieces[this.#at++];
    if (end === undefined || keywordOf(end) !== 'end') {
      throw new TemplateError(`${quoteInput(opening)} has no {end}`);
    }
    return block;
  }

  #readExpression(tokens: readonly Token[], source: string): Expression {
    return readExpression(tokens, source, this.#vocabulary);
  }
}

const UNSUPPORTED: readonly string[] = ['range', 'with', 'template', 'define', 'block', 'break', 'continue'];

function keywordOf(piece: Piece): string {
  const first = piece.kind === 'action' ? piece.tokens[0] : undefined;
  return first?.kind === 'word' ? first.text : '';
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

/** `command | command …`: the value of one is the last argument of the next. */
function readExpression(tokens: readonly Token[], source: string, vocabulary: Vocabulary): Expression {
  const queue = [...tokens];
  const isNext = (sign: string) => {
    const [next] = queue;
    return next?.kind === 'sign' && next.sign === sign;
  };
  const readPipeline = (): Expression => {
    let result = readCommand(undefined);
    while (isNext('|')) {
      queue.shift();
      result = readCommand(result);
    }
    return result;
  };
  const readCommand = (piped: Expression | undefined): Expression => {
    const first = queue.shift();
    const operands: Expression[] = [];
    const isCall = first?.kind === 'word' && !isTruth(first.text);
    const head = isCall ? undefined : readOperand(first);
    while (queue.length > 0 && !isNext('|') && !isNext(')')) operands.push(readOperand(queue.shift()));
    if (piped !== undefined) operands.push(piped);
    if (isCall) return call(first.text, operands, vocabulary);
    if (head !== undefined && operands.length === 0) return head;
    throw new TemplateError(`${quoteInput(source)} has a value where a function must stand`);
  };
  const readOperand = (token: Token | undefined): Expression => {
    if (token === undefined) throw new TemplateError(`a value is missing in ${quoteInput(source)}`);
    if (token.kind === 'number') return literal(token.number, 'number');
    if (token.kind === 'text') return literal(token.text, 'text');
    if (token.kind === 'field') return field(token.text, vocabulary);
    if (token.kind === 'word') {
      return isTruth(token.text) ? literal(token.text === 'true', 'truth') : call(token.text, [], vocabulary);
    }
    if (token.sign !== '(') throw new TemplateError(`${quoteInput(source)} has a stray ${token.sign}`);
    const inner = readPipeline();
    if (!isNext(')')) throw new TemplateError(`${quoteInput(source)} has no closing )`);
    queue.shift();
    return inner;
  };
  const expression = readPipeline();
  if (queue.length > 0) throw new TemplateError(`${quoteInput(source)} has a stray )`);
  return expression;
}

function isTruth(word: string): boolean {
  return word === 'true' || word === 'false';
}

function literal(value: string | number | boolean, type: ValueType): Expression {
  return { type, literal: value, run: () => value };
}

function field(name: string, { fields }: Vocabulary): Expression {
  const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (type !== undefined) return { type, run: ({ values }) => values[name] ?? '' };
  const known = Object.keys(fields).map((each) => `.${each}`);
  const instead = known.length === 0 ? 'there are none' : `there are ${known.join(' ')}`;
  throw new TemplateError(`.${name} is no field: ${instead}`);
}

function call(name: string, given: readonly Expression[], { functions }: Vocabulary): Expression {
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (called === undefined) {
    throw new TemplateError(`${name} is no function: there are ${Object.keys(functions).join(' ')}`);
  }
  const { parameters, more, result } = called;
  if (given.length < parameters.length || (more === undefined && given.length > parameters.length)) {
    throw new TemplateError(`{${name}} takes ${parameters.length} arguments, not ${given.length}`);
  }
  for (const [at, { type }] of given.entries()) {
    const wanted = parameters[at] ?? more ?? 'anything';
    if (wanted === 'anything' || type === wanted) continue;
    throw new TemplateError(`{${name}} takes a ${wanted}, where a ${type} is given`);
  }
  called.check?.(given);
  return {
    type: result,
    run: (scope) =>
      called.run(
        scope,
        given.map((each) => each.run(scope)),
      ),
  };
}

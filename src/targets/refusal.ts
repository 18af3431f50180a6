/** Mistakes in targets, and the words in which the user hears of them. */
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';

/** Why a target is refused; it travels up to code that knows the place. */
export class Refusal extends Error {
  readonly hint: string;

  constructor(message: string, hint = 'a target is [user@]host[:port] or [user@][ipv6]:port') {
    super(message);
    this.hint = hint;
  }
}

interface Given {
  readonly text: string;
  readonly source: string;
}

/** Turns a refusal by `parse` into a LockstepError `usage` that names the place: `-o`, `stdin:3` or `./hosts:3`. */
export function refusedAt<T>(given: Given, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Some look up their place only here.
    const { text, source } = given;
    throw new LockstepError('usage', `${source}: ${error.message}, in target ${quoteInput(text)}`, {
      hint: habitHint(text, source) ?? error.hint,
    });
  }
}

/** Throws LockstepError `usage`. */
export function refuseAt(given: Given, message: string, hint: string): never {
  return refusedAt(given, () => {
    throw new Refusal(message, hint);
  });
}

/** The hint for what other tools take as a target, a file or a list of them. */
function habitHint(given: string, source: string): string | undefined {
  if (/^\w+:\/\//.test(given)) return 'a target is no address of the web: write the host alone, or host:port';
  if (source === '-o') return given.includes('/') ? 'a host file begins with / or ./: -o ./FILE' : undefined;
  if (!isInventoryLine(given)) return undefined;
  return 'this looks like an Ansible inventory: name the file with --inventory FILE';
}

/** `[web]`, `[web:children]`, `web1 ansible_user=ann`, and YAML. */
function isInventoryLine(line: string): boolean {
  return /^\[[A-Za-z_][\w.-]*(?::\w+)?\]$|\s\w+=|^---|^-\s|^[\w.-]+:(?:$|\s)/.test(line);
}

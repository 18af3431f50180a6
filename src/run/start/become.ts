/** Whose account the nodes work as: by sudo, with a password that is asked for once. */
import { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import type { Become, SudoPassword } from '../../node/become.ts';
import { parseUser } from '../../targets/parse-target.ts';
import type { Connect } from '../request.ts';
import type { Surroundings } from '../surroundings.ts';

/** Undefined where all is done as the account that logs in. Rejects with LockstepError `usage` where nobody can be asked. */
export async function readBecome(
  { asRoot, becomes, isSudoPasswordAsked }: Connect,
  { ask, randomBytes }: Pick<Surroundings, 'ask' | 'randomBytes'>,
): Promise<Become | undefined> {
  if (!asRoot) return undefined;
  const user = parseUser(becomes, '--become');
  if (!isSudoPasswordAsked) return { user };
  if (ask === undefined)
    throw new LockstepError('usage', 'there is no terminal on which the password of sudo can be asked for', {
      hint: 'run it from a terminal, or let sudo ask for none',
    });
  const word = await ask.secret('password of sudo: ');
  return { user, password: new OnePassword(word, randomBytes(8).toString('hex')) };
}

/** The same word for all nodes: the first one that asks tries it alone, so that a typo locks one account and not a thousand. */
class OnePassword implements SudoPassword {
  readonly marker: string;
  readonly #word: string;
  #outcome: 'accepted' | 'refused' | undefined;
  /** Settled when the node that tries it has an answer, or is lost: then the next one tries. */
  #trial: Promise<void> | undefined;
  #endTrial = () => {};

  constructor(word: string, marker: string) {
    this.marker = `lockstep-${marker}`;
    this.#word = word;
  }

  async wordFor(_node: Node): Promise<string | undefined> {
    while (this.#outcome === undefined && this.#trial !== undefined) await this.#trial;
    if (this.#outcome === undefined) {
      this.#trial = new Promise((resolve) => {
        this.#endTrial = resolve;
      });
    }
    return this.#outcome === 'refused' ? undefined : this.#word;
  }

  settle(_node: Node, how: 'accepted' | 'refused' | 'lost'): void {
    // One node of many that does not take it is that node's affair.
    if (how !== 'lost') this.#outcome ??= how;
    this.#trial = undefined;
    this.#endTrial();
  }
}

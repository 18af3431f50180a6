/** Decides as which account the nodes work: through sudo, with a password for which lockstep asks once. */
import { LockstepError } from '../../core/errors.ts';
import type { Teller } from '../../core/events.ts';
import { LOGIN_LIMITS } from '../../core/limits/login.ts';
import type { Node } from '../../core/node.ts';
import type { Become, SudoPassword } from '../../node/become.ts';
import { parseUser } from '../../targets/parse-target.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Connect } from '../request/request.ts';
import type { Surroundings } from '../surroundings.ts';

export interface Nodes {
  readonly nodes: readonly Node[];
  /** The nodes in each group of `--sudo-password-for`, among other groups. */
  readonly groups: ReadonlyMap<string, readonly Node[]>;
}

type Here = Pick<Surroundings, 'ask' | 'randomBytes' | 'sudoPassword'> & Pick<Teller, 'tell'>;

/**
 * Resolves to undefined if everything runs as the account that logs in. It asks every question here, once, before
 * anything is connected. Rejects with LockstepError `usage` if nobody can be asked, or a node is in two groups.
 */
export async function readBecome(
  { asRoot, becomes, isSudoPasswordAsked, sudoPasswordFor }: Connect,
  { ask, randomBytes, sudoPassword, tell }: Here,
  { nodes, groups: known }: Nodes,
): Promise<Become | undefined> {
  if (!asRoot) return undefined;
  const user = parseUser(becomes, '--become');
  if (sudoPassword !== undefined) return { user, passwordOn: sudoPassword };
  const groups = new Map(sudoPasswordFor.map((group) => [group, known.get(group) ?? []]));
  const groupOf = groupOfEach(groups);
  const prompts = [...groups].flatMap(([group, members]) => {
    if (members.length > 0) return [{ group, prompt: `password of sudo for ${quoteInput(group)}: ` }];
    tell({
      type: 'log',
      level: 'warn',
      message: `--sudo-password-for ${quoteInput(group)}: no node is in it`,
    });
    return [];
  });
  const isRestAsked = isSudoPasswordAsked && nodes.some(({ id }) => !groupOf.has(id));
  if (isRestAsked) prompts.push({ group: REST, prompt: 'password of sudo: ' });
  if (prompts.length === 0) return { user };
  if (ask === undefined)
    throw new LockstepError('usage', 'there is no terminal on which the password of sudo can be asked for', {
      hint: 'run it from a terminal, or let sudo ask for none',
    });
  const marker = `lockstep-${randomBytes(8).toString('hex')}`;
  const passwords = new Map<string, SudoPassword>();
  for (const { group, prompt } of prompts)
    passwords.set(group, new OnePassword(await ask.secret(prompt), marker));
  return { user, passwordOn: ({ id }) => passwords.get(groupOf.get(id) ?? REST) };
}

/** Stands for the nodes in no group; no target can look like this. */
const REST = '';

function groupOfEach(groups: Nodes['groups']): ReadonlyMap<string, string> {
  const groupOf = new Map<string, string>();
  for (const [group, members] of groups) {
    for (const node of members) {
      const other = groupOf.get(node.id);
      if (other !== undefined)
        throw new LockstepError(
          'usage',
          `it is in both ${quoteInput(other)} and ${quoteInput(group)} of --sudo-password-for`,
          { node, hint: 'each node has one password: leave it out of one of them, as in @web!@db' },
        );
      groupOf.set(node.id, group);
    }
  }
  return groupOf;
}

/** One password for all nodes: the first node that asks tries it alone, so that a typo locks one account and not a thousand. */
class OnePassword implements SudoPassword {
  readonly marker: string;
  readonly #word: string;
  #outcome: 'accepted' | 'refused' | 'unanswered' | undefined;
  #silences = 0;
  /** Settles when the node that tries the password has an answer or is lost; then the next one tries. */
  #trial: Promise<void> | undefined;
  #endTrial = () => {};

  constructor(word: string, marker: string) {
    this.marker = marker;
    this.#word = word;
  }

  /** Never sends it twice to a node. */
  async wordFor(_node: Node, refusals = 0): Promise<string | undefined> {
    if (refusals > 0) return undefined;
    while (this.#outcome === undefined && this.#trial !== undefined) await this.#trial;
    if (this.#outcome === undefined) {
      this.#trial = new Promise((resolve) => {
        this.#endTrial = resolve;
      });
    }
    return this.#outcome === undefined || this.#outcome === 'accepted' ? this.#word : undefined;
  }

  settle(_node: Node, how: 'accepted' | 'refused' | 'lost'): void {
    // Once a node has accepted the password, a refusal concerns only the node that refuses.
    if (how !== 'lost') this.#outcome ??= how;
    else if (++this.#silences >= LOGIN_LIMITS.passwordSilencesMax) this.#outcome ??= 'unanswered';
    this.#trial = undefined;
    this.#endTrial();
  }
}

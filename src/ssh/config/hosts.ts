/** ssh_config for the hosts of a run: read once, asked for each, and where it is not decided here, ssh is asked. */
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { Turnstile } from '../../core/at-once.ts';
import { LIMITS } from '../../core/limits.ts';
import { accountName, homeDirectory } from '../../core/surroundings.ts';
import { type Answer, askSsh, baseline, type Lines } from './ask-ssh.ts';
import type { Config, Said, Wanted } from './evaluate.ts';
import type { Homes } from './expand.ts';
import { type HostConfig, type Local, resolveHost, toHostConfig } from './host-config.ts';
import { placeText, type Word } from './lines.ts';
import { loadConfig } from './load.ts';
import type { Section } from './parse.ts';

export interface HostsSettings {
  /** `--ssh-config`: this file alone, or `none`. */
  readonly file: string | undefined;
  /** `--ssh-option`, in order. */
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  warn(message: string): void;
}

export type LookUpHost = (wanted: Omit<Wanted, 'localUser'>) => Promise<HostConfig>;

/** Rejects with LockstepError `usage` for a file or an option that cannot be right. */
export async function openHosts(settings: HostsSettings): Promise<LookUpHost> {
  const local = thisMachine(settings.environment);
  const config = await loadConfig({ ...settings, homes: local.homes });
  const ssh = new AskedHosts(settings, config, local);
  return async (wanted) => {
    const { config: ours, undecided } = resolveHost(config, wanted, local);
    return undecided.length === 0 ? ours : ssh.ask(wanted, ours, undecided);
  };
}

class AskedHosts {
  readonly #settings: HostsSettings;
  readonly #config: Config;
  readonly #local: Local;
  readonly #turns = new Turnstile(LIMITS.sshAsksAtOnce);
  readonly #warned = new Set<string>();
  #baseline: Promise<Lines> | undefined;
  /** Why nobody is asked any more. */
  #isOver = false;

  constructor(settings: HostsSettings, config: Config, local: Local) {
    this.#settings = settings;
    this.#config = config;
    this.#local = local;
  }

  /** `ours` counts where ssh gives no answer. */
  async ask(
    wanted: Omit<Wanted, 'localUser'>,
    ours: HostConfig,
    undecided: readonly Word[],
  ): Promise<HostConfig> {
    const answer = await this.#turns.pass(() => this.#answer(wanted));
    if (answer?.kind === 'said') return toHostConfig(this.#withAsk(answer.said), wanted.host, this.#local);
    for (const { text, place } of undecided) this.#warnOnce(text, placeText(place), answer);
    return ours;
  }

  async #answer(wanted: Omit<Wanted, 'localUser'>): Promise<Answer | undefined> {
    if (this.#isOver) return undefined;
    this.#baseline ??= baseline();
    const { options } = this.#settings;
    const answer = await askSsh({ ...wanted, options, file: this.#file() }, await this.#baseline);
    this.#isOver ||= answer.kind === 'missing' || (answer.kind === 'refused' && answer.isUnreadable);
    return answer;
  }

  /** ssh looks where the account's home is; we look where HOME says. */
  #file(): string | undefined {
    const { file } = this.#settings;
    const { own } = this.#local.homes;
    if (file !== undefined || own === undefined || own === accountHome()) return file;
    return join(own, '.ssh/config');
  }

  /** Its default is `ask` and ours is not, so whether somebody said so is looked up here. */
  #withAsk(said: Said): Said {
    if (said.first.has('stricthostkeychecking')) return said;
    const place = this.#config.files
      .map(({ sections }) => findAsk(sections))
      .find((one) => one !== undefined);
    if (place === undefined) return said;
    return {
      ...said,
      first: new Map([...said.first, ['stricthostkeychecking', { values: ['ask'], place }]]),
    };
  }

  #warnOnce(text: string, place: string, answer: Answer | undefined): void {
    // An unknown keyword was warned of when it was read.
    const isCriterion = /^(?:Match |Canonicalize)/.test(text);
    if (!isCriterion || this.#warned.has(place)) return;
    this.#warned.add(place);
    const why =
      answer?.kind === 'refused'
        ? `ssh -G says: ${answer.reason}`
        : 'there is no ssh here that could be asked';
    this.#settings.warn(`${place}: ${text} is passed over, since ${why}`);
  }
}

function findAsk(sections: readonly Section[]): { file: string; line: number; column: number } | undefined {
  for (const { directives } of sections) {
    for (const one of directives) {
      if (one.kind === 'value' && one.keyword === 'stricthostkeychecking' && one.values[0] === 'ask')
        return one.place;
      const within =
        one.kind === 'include' ? one.files.map(findAsk).find((place) => place !== undefined) : undefined;
      if (within !== undefined) return within;
    }
  }
  return undefined;
}

function thisMachine(environment: Local['environment']): Local {
  const userId = process.getuid?.() ?? 0;
  const homes: Homes = { own: homeDirectory(), of: homeOf };
  return { user: accountName() ?? String(userId), userId, machine: hostname(), homes, environment };
}

function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Of accounts that this machine itself knows. */
function homeOf(user: string): string | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((one) => one.startsWith(`${user}:`));
    return line?.split(':')[5] || undefined;
  } catch {
    return undefined;
  }
}

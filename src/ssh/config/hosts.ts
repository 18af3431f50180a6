/** ssh_config for the hosts of a run: it reads the files once, decides for each host, and asks ssh if it cannot decide. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { mapAtOnce } from '../../core/at-once.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { type Node, sshName } from '../../core/node.ts';
import { accountHome, accountName, homeDirectory } from '../../core/surroundings.ts';
import { type Answer, askSsh, baseline } from './ask-ssh.ts';
import type { Config, Said, Wanted } from './evaluate.ts';
import type { Homes } from './expand.ts';
import type { Local } from './expand-for-host.ts';
import { type HostConfig, type Resolved, resolveHost, toHostConfig } from './host-config.ts';
import { positionText } from './lines.ts';
import { loadConfig } from './load.ts';
import type { Section } from './parse.ts';

export interface HostsSettings {
  /** `--ssh-config`: this file alone, or `none`. */
  readonly file: string | undefined;
  /** `--ssh-option`, in order. */
  readonly options: readonly string[];
  /** `-J`, which counts before the options. */
  readonly jump?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  warn(message: string): void;
}

type Asked = Omit<Wanted, 'localUser'>;

interface Known extends Resolved {
  readonly asked: Asked;
  config: HostConfig;
}

export class Hosts {
  readonly #settings: HostsSettings;
  readonly #config: Config;
  readonly #local: Local;
  readonly #known = new Map<string, Known>();
  #pending: Known[] = [];
  readonly #warned = new Set<string>();

  /** Rejects with LockstepError `usage` for a file or an option with a mistake. */
  static async open(settings: HostsSettings): Promise<Hosts> {
    const local = thisMachine(settings.environment);
    return new Hosts(settings, await loadConfig({ ...settings, homes: local.homes }), local);
  }

  private constructor(settings: HostsSettings, config: Config, local: Local) {
    this.#settings = settings;
    this.#config = config;
    this.#local = local;
  }

  /** For jump hosts: the options for nodes do not apply to them. */
  ofHops(): Hosts {
    const settings = { ...this.#settings, options: [], jump: undefined };
    return new Hosts(settings, { ...this.#config, options: [] }, this.#local);
  }

  get localUser(): string {
    return this.#local.user;
  }

  /** Returns what the files decide by themselves; `settle` asks ssh for the rest. Throws LockstepError `usage`. */
  lookUp(asked: Asked): HostConfig {
    const key = keyOf(asked);
    const before = this.#known.get(key);
    if (before !== undefined) return before.config;
    const known = { ...resolveHost(this.#config, asked, this.#local), asked };
    this.#known.set(key, known);
    if (known.undecided.length > 0) this.#pending.push(known);
    return known.config;
  }

  /** Returns the configuration of a node that `lookUp` has made. */
  configOf(node: Node): HostConfig {
    const host = sshName(node);
    for (const user of [node.user, undefined]) {
      for (const port of [node.port, undefined]) {
        const config = this.#known.get(keyOf({ host, user, port }))?.config;
        const isIts = (config?.user ?? this.#local.user) === node.user && (config?.port ?? 22) === node.port;
        if (config !== undefined && isIts) return config;
      }
    }
    return this.lookUp({ host, user: node.user, port: node.port });
  }

  /** Asks ssh about the open hosts; its answers count from now on. Returns whether there was anything to ask. */
  async settle(): Promise<boolean> {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return false;
    const silent = await baseline();
    let isOver = false;
    const answers = await mapAtOnce(pending, LIMITS.sshAsksAtOnce, async ({ asked }) => {
      // An ssh that is missing, or cannot read the files, fails for every host.
      if (isOver) return undefined;
      const answer = await askSsh({ ...asked, options: this.#options(), file: this.#file() }, silent);
      isOver ||= answer.kind === 'missing' || (answer.kind === 'refused' && answer.isUnreadable);
      return answer;
    });
    for (const [at, known] of pending.entries()) this.#take(known, answers[at]);
    return true;
  }

  #take(known: Known, answer: Answer | undefined): void {
    const { asked, undecided } = known;
    if (answer?.kind === 'said')
      known.config = toHostConfig(this.#withAsk(answer.said), asked.host, this.#local);
    else for (const { text, place } of undecided) this.#warnOnce(text, positionText(place), answer);
  }

  #options(): readonly string[] {
    const { jump, options } = this.#settings;
    return jump === undefined ? options : [`ProxyJump=${jump}`, ...options];
  }

  /** ssh looks in the home of the account; lockstep looks where HOME says. */
  #file(): string | undefined {
    const { file } = this.#settings;
    const { own } = this.#local.homes;
    if (file !== undefined || own === undefined || own === accountHome()) return file;
    return join(own, '.ssh/config');
  }

  /** ssh's default is `ask` and lockstep's is not, so this finds out whether a file says it. */
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
    // The reader has already warned of unknown keywords.
    const isKnown = /^(?:Match |Canonicalize|Include )/.test(text);
    if (!isKnown || this.#warned.has(place)) return;
    this.#warned.add(place);
    const why =
      answer?.kind === 'refused'
        ? `ssh -G says: ${answer.reason}`
        : 'there is no ssh here that could be asked';
    const what = text.startsWith('Include ') ? 'taken as it is written' : 'passed over';
    this.#settings.warn(`${place}: ${text} is ${what}, since ${why}`);
  }
}

const keyOf = ({ host, user, port }: Asked): string => `${user ?? ''}@${host}:${port ?? ''}`;

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

/** Looks up homes of accounts that this machine itself knows. */
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

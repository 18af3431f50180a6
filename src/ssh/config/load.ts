/** Reads the files of ssh_config with their Includes, once for all hosts. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { readSmallFile } from '../read-file.ts';
import type { Config, ConfigFile } from './evaluate.ts';
import { expandTilde, type Homes } from './expand.ts';
import { mistake, type Word } from './lines.ts';
import { type Directive, parseConfig, parseOption, type Reading, type Section } from './parse.ts';

export interface ConfigSources {
  /** `--ssh-config`: this file alone; `none`: no file. Undefined: the user's and the system's. */
  readonly file: string | undefined;
  /** `--ssh-option`, in order. */
  readonly options: readonly string[];
  /** `-J`. */
  readonly jump?: string | undefined;
  readonly homes: Homes;
  warn(message: string): void;
}

const SYSTEM_DIRECTORY = '/etc/ssh';

/** Rejects with LockstepError `usage` for any mistake in them, even in lines that no host needs. */
export async function loadConfig(sources: ConfigSources): Promise<Config> {
  const reading: Reading = {
    ignored: [],
    onUnknown: ({ text, place }) =>
      sources.warn(
        `${place.file}:${place.line}: unknown keyword ${quoteInput(text)}; IgnoreUnknown ${text} says that this is right`,
      ),
  };
  const { jump } = sources;
  const options = [
    ...(jump === undefined ? [] : parseOption(`ProxyJump=${jump}`, reading, `-J ${quoteInput(jump)}`)),
    ...sources.options.flatMap((option) =>
      parseOption(option, reading, `--ssh-option ${quoteInput(option)}`),
    ),
  ];
  const files: ConfigFile[] = [];
  for (const { path, isOfUser, isChecked, isNeeded } of placesOf(sources)) {
    const reader = new Reader(reading, sources.homes, isOfUser);
    const sections = await reader.read(path, { isChecked, within: [] });
    if (sections === undefined && isNeeded) throw unreadable(path, 'no such file');
    if (sections !== undefined) files.push({ sections, isOfUser });
  }
  return { options, files, wantsFinal: files.some(({ sections }) => wantsFinal(sections)) };
}

interface ConfigPlace {
  readonly path: string;
  readonly isOfUser: boolean;
  /** Only its owner may write the file. */
  readonly isChecked: boolean;
  readonly isNeeded: boolean;
}

function placesOf({ file, homes }: ConfigSources): ConfigPlace[] {
  if (file?.toLowerCase() === 'none') return [];
  if (file !== undefined) return [{ path: file, isOfUser: true, isChecked: false, isNeeded: true }];
  const own = homes.own === undefined ? [] : [join(homes.own, '.ssh/config')];
  return [
    ...own.map((path) => ({ path, isOfUser: true, isChecked: true, isNeeded: false })),
    { path: `${SYSTEM_DIRECTORY}/ssh_config`, isOfUser: false, isChecked: false, isNeeded: false },
  ];
}

interface Inclusion {
  readonly isChecked: boolean;
  /** The files that are open now, each by an Include of the one before. */
  readonly within: readonly string[];
  /** The Include that names it. */
  readonly from?: Word;
}

class Reader {
  readonly #reading: Reading;
  readonly #homes: Homes;
  readonly #isOfUser: boolean;
  #files = 0;

  constructor(reading: Reading, homes: Homes, isOfUser: boolean) {
    this.#reading = reading;
    this.#homes = homes;
    this.#isOfUser = isOfUser;
  }

  /** Resolves to undefined if there is no such file. */
  async read(path: string, { isChecked, within, from }: Inclusion): Promise<Section[] | undefined> {
    this.#files += 1;
    if (from !== undefined) this.#refuseEndless(path, within, from);
    const file = await readSmallFile(path, LIMITS.sshConfigBytesMax);
    if (file.kind === 'missing') return undefined;
    if (file.kind === 'unreadable') {
      // Like OpenSSH: a user's own file that it cannot read is passed over, a file that an Include names is not.
      if (from === undefined) throw unreadable(path, file.reason);
      throw mistake(from.place, `cannot read ${quoteInput(path)}: ${file.reason}`, 'expected a file');
    }
    if (isChecked && isWritableByOthers(file)) throw writable(path);
    const sections = parseConfig(file.text, path, this.#reading);
    for (const { directives } of sections)
      for (const directive of directives)
        if (directive.kind === 'include') await this.#include(directive, [...within, path]);
    return sections;
  }

  #refuseEndless(path: string, within: readonly string[], from: Word): void {
    const what = `Include ${quoteInput(from.text)}`;
    if (within.includes(path)) throw mistake(from.place, `${what} is a loop`, 'expected another file');
    if (within.length > LIMITS.sshConfigDepthMax)
      throw mistake(
        from.place,
        `${what} is too deep`,
        `expected files that include each other at most ${LIMITS.sshConfigDepthMax} deep`,
      );
    if (this.#files > LIMITS.sshConfigFilesMax)
      throw mistake(
        from.place,
        `${what} is one file too many`,
        `expected at most ${LIMITS.sshConfigFilesMax}`,
      );
  }

  async #include(
    directive: Extract<Directive, { kind: 'include' }>,
    within: readonly string[],
  ): Promise<void> {
    const files: Section[][] = [];
    for (const word of directive.paths) {
      for (const path of expandGlob(this.#anchored(word))) {
        const sections = await this.read(path, { isChecked: true, within, from: word });
        if (sections !== undefined) files.push(sections);
      }
    }
    directive.files = files;
  }

  #anchored(word: Word): string {
    const { text, place } = word;
    if (text.startsWith('~')) {
      if (!this.#isOfUser) throw mistake(place, quoteInput(text), 'expected a path without ~, for all users');
      return expandTilde(text, this.#homes, place);
    }
    if (text.startsWith('/')) return text;
    return this.#isOfUser ? expandTilde(`~/.ssh/${text}`, this.#homes, place) : join(SYSTEM_DIRECTORY, text);
  }
}

function wantsFinal(sections: readonly Section[]): boolean {
  return sections.some(
    ({ condition, directives }) =>
      condition.wantsFinal ||
      directives.some((one) => one.kind === 'include' && one.files.some((file) => wantsFinal(file))),
  );
}

/** Works as glob(3): names in order, and names that begin with a dot only for a pattern that does. */
function expandGlob(pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const names = pattern.split('/').filter((name) => name !== '');
  let found = ['/'];
  for (const name of names) {
    if (!/[*?[]/.test(name)) found = found.map((path) => join(path, name));
    else {
      const expression = globExpression(name);
      found = found.flatMap((path) =>
        namesIn(path)
          .filter((one) => expression.test(one) && (!one.startsWith('.') || name.startsWith('.')))
          .map((one) => join(path, one)),
      );
    }
  }
  return found.sort();
}

function globExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/\*+/g, '*')
    .replace(/\[(!?)([^\]]+)\]|[\\^$.+|(){}[\]*?]/g, (sign, not?: string, set?: string) => {
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
      return { '*': '.*', '?': '.' }[sign] ?? `\\${sign}`;
    });
  return new RegExp(`^${source}$`, 's');
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isWritableByOthers({ mode, ownerId }: { mode: number; ownerId: number }): boolean {
  return (ownerId !== 0 && ownerId !== process.getuid?.()) || (mode & 0o022) !== 0;
}

function writable(path: string): LockstepError {
  return new LockstepError('usage', `${quoteInput(path)} belongs to somebody else, or others may write it`, {
    hint: `ssh refuses it as well: chmod go-w ${quoteInput(path)}, or make it your own`,
  });
}

function unreadable(path: string, reason: string): LockstepError {
  return new LockstepError('usage', `cannot read ${quoteInput(path)}: ${reason}`, {
    hint: '--ssh-config none reads no file',
  });
}

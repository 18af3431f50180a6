/** Asks on the terminal for the passphrase of a key, or the password, and again when it is wrong. */
import { LockstepError } from '../core/errors.ts';
import type { Identities, IdentitySettings } from './ssh2/keys/identity-settings.ts';
import { type KeyFile, readKeyFile } from './ssh2/keys/key-file.ts';

/** Without a terminal it leaves the key file locked. All nodes that need the same key share one question and its answer. */
export function unlock(path: string, file: KeyFile, settings: IdentitySettings): Promise<KeyFile> {
  const known = settings.unlocked?.get(path);
  if (known !== undefined) return known;
  const opened = askPassphrase(path, file, settings);
  settings.unlocked?.set(path, opened);
  return opened;
}

async function askPassphrase(path: string, file: KeyFile, settings: IdentitySettings): Promise<KeyFile> {
  const { askSecret, secretTriesMax = 1 } = settings;
  if (askSecret === undefined) return file;
  let opened = file;
  for (let tries = 0; tries < secretTriesMax; tries++) {
    const before = tries === 0 ? '' : 'invalid passphrase for private key specified; ';
    opened = await readKeyFile(path, await askSecret(`${before}${path}: Key passphrase: `));
    if (opened.kind !== 'wrong-passphrase') break;
  }
  return opened;
}

/** `-p`. */
export async function askPassword(settings: IdentitySettings, tries = 1): Promise<Identities> {
  const { askSecret, users = [], secretTriesMax = 1 } = settings;
  if (askSecret === undefined) {
    throw new LockstepError(
      'usage',
      "cannot read password: TTY is required for reading password, but /dev/tty can't be opened",
      { hint: 'run it in a terminal, or use a key (-k) or ssh-agent' },
    );
  }
  const before = tries === 1 ? '' : 'the password was refused; ';
  const whose = users.length === 0 ? '' : `${users.join(', ')}: `;
  return {
    all: [],
    password: await askSecret(`${before}${whose}Password: `),
    notes: [],
    askAgain: async () => (tries < secretTriesMax ? askPassword(settings, tries + 1) : undefined),
  };
}

/** Asks OpenSSH itself what a configuration means (`ssh -G`), many cases with one shell, and says in the same words what lockstep makes of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { changeList } from '../../../src/ssh/config/algorithm-list.ts';
import { evaluate } from '../../../src/ssh/config/evaluate.ts';
import { expandTokens } from '../../../src/ssh/config/expand.ts';
import type { Local } from '../../../src/ssh/config/expand-for-host.ts';
import { toHostConfig } from '../../../src/ssh/config/host-config.ts';
import type { Keyword } from '../../../src/ssh/config/keywords.ts';
import { loadConfig } from '../../../src/ssh/config/load.ts';
import type { Case } from './generate.ts';
import {
  askOpenSsh,
  COMPARED,
  type Defaults,
  defaultsOfOpenSsh,
  ENVIRONMENT,
  readAnswer,
} from './openssh.ts';

export interface Difference {
  readonly of: Case;
  readonly ours: string;
  readonly theirs: string;
}

export function localForTests(): Local {
  const { username, uid, homedir } = userInfo();
  return {
    user: username,
    userId: uid,
    machine: hostname(),
    homes: { own: homedir, of: (name) => (name === 'root' ? '/root' : undefined) },
    environment: ENVIRONMENT,
  };
}

/** All cases of which the two do not say the same. */
export async function differences(cases: readonly Case[]): Promise<Difference[]> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-ssh-config-'));
  try {
    cases.forEach((one, at) => void writeCase(one, join(directory, String(at))));
    askOpenSsh(directory, cases);
    const defaults = defaultsOfOpenSsh();
    const found: Difference[] = [];
    for (const [at, one] of cases.entries()) {
      const place = join(directory, String(at));
      const theirs = readAnswer(place);
      const ours = await ourAnswer(one, place, defaults);
      if (ours !== theirs) found.push({ of: one, ours, theirs });
    }
    return found;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function writeCase({ files }: Case, place: string): void {
  mkdirSync(place);
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(place, name), text.replaceAll('@/', `${place}/`), { mode: 0o600 });
}

async function ourAnswer(one: Case, place: string, defaults: Defaults): Promise<string> {
  const local = localForTests();
  try {
    const config = await loadConfig({
      file: join(place, 'config'),
      options: one.options,
      homes: local.homes,
      warn: (message) => {
        // OpenSSH goes no further.
        throw new Error(message);
      },
    });
    const wanted = { host: one.host, user: one.user, port: one.port, localUser: local.user };
    const said = evaluate(config, wanted, ({ values, place: at }) =>
      expandTokens(values[0] ?? '', { tokens: { h: one.host } }, at),
    );
    return sayOurs(said, one, { local, defaults });
  } catch {
    return 'refused';
  }
}

function sayOurs(
  said: ReturnType<typeof evaluate>,
  { host }: Case,
  { local, defaults }: { local: Local; defaults: Defaults },
): string {
  const ready = toHostConfig(said, host, local);
  const words = (name: Keyword): readonly string[] => {
    const gathered = said.gathered.get(name)?.map(({ value }) => value);
    const first = said.first.get(name)?.values;
    const raw = gathered !== undefined && gathered.length > 0 ? gathered : first;
    switch (name) {
      case 'hostname':
        return [ready.hostName];
      case 'user':
        return [ready.user ?? local.user];
      case 'hostkeyalias':
        return ready.hostKeyAlias === undefined ? [] : [ready.hostKeyAlias];
      case 'identityagent':
        return /^(?:none|SSH_AUTH_SOCK|\$[^{].*)$/.test(raw?.[0] ?? 'none')
          ? (raw ?? [])
          : [ready.identityAgent ?? ''];
      case 'userknownhostsfile':
        return sayFiles(ready.userKnownHostsFiles, ofDefault(name));
      case 'globalknownhostsfile':
        return sayFiles(ready.globalKnownHostsFiles, ofDefault(name));
      case 'ciphers':
      case 'kexalgorithms':
      case 'macs':
      case 'hostkeyalgorithms': {
        const before = ofDefault(name)[0]?.split(',') ?? [];
        return [
          raw === undefined
            ? before.join(',')
            : changeList(raw[0] ?? '', before, defaults.known[name]).join(','),
        ];
      }
      case 'proxycommand':
        return ready.jumps.length > 0 || ready.proxyCommand === undefined ? [] : (raw ?? []);
      case 'proxyjump':
        return ready.jumps.length === 0 ? [] : [sayJumps(said.first.get(name)?.values[0] ?? '')];
      default:
        return raw ?? ofDefault(name);
    }
  };
  const ofDefault = (name: Keyword): readonly string[] => defaults.said.get(name) ?? [];
  return COMPARED.flatMap((name) => [...new Set(words(name))].map((value) => `${name} ${value}`)).join('\n');
}

function sayFiles(files: readonly string[] | undefined, otherwise: readonly string[]): readonly string[] {
  return files === undefined ? otherwise : [files.join(' ') || 'none'];
}

/** OpenSSH prints the last hop anew, and the others as they were written. */
function sayJumps(written: string): string {
  return written.replace(/^ssh:\/\//, '');
}

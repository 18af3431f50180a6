/** The variables of Ansible that say where to reach a host. Pure. */
import { LIMITS } from '../../core/limits/limits.ts';
import { parseUser } from '../parse-target.ts';
import { refuseAt } from '../refusal.ts';

export interface Vars {
  /** Instead of the host's name in the inventory. */
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
}

const FIELDS: Readonly<Record<string, keyof Vars>> = {
  ansible_host: 'address',
  ansible_port: 'port',
  ansible_user: 'user',
  // Their names before Ansible 2.
  ansible_ssh_host: 'address',
  ansible_ssh_port: 'port',
  ansible_ssh_user: 'user',
};

/** Whether lockstep uses the variable; it ignores the values of others. */
export function isRead(name: string): boolean {
  return Object.hasOwn(FIELDS, name);
}

/** One variable; none if lockstep does not use it. Throws LockstepError `usage` for a value that is no plain word. */
export function readVar(name: string, value: unknown, source: string): Vars {
  const field = FIELDS[name];
  if (field === undefined || !isRead(name)) return {};
  const text = typeof value === 'string' || typeof value === 'number' ? unquoted(String(value)) : undefined;
  if (text === undefined || /[[{(]|^None$|^True$|^False$/.test(text.replace(/^\[[0-9a-fA-F:.]+\]$/, '')))
    refuseAt({ text: shown(value), source }, `${name} is no plain value`, EXPORT_HINT);
  switch (field) {
    case 'port':
      return { port: readPort(text, source) };
    case 'user':
      return { user: parseUser(text, source) };
    default:
      return { address: readAddress(text, source) };
  }
}

const EXPORT_HINT = 'let Ansible work it out: --targets-from "ansible-inventory -i FILE --list"';

/** In INI files values are literals of Python; quotes make them words. */
function unquoted(text: string): string {
  return /^(['"])([^'"]*)\1$/.exec(text)?.[2] ?? text;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

function readPort(text: string, source: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    refuseAt({ text, source }, 'the port is not a number from 1 to 65535', 'ansible_port=2222');
  return port;
}

function readAddress(text: string, source: string): string {
  const address = text.replace(/^\[(.*)\]$/, '$1');
  if (!/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/.test(address) || address.length > LIMITS.hostCharsMax)
    refuseAt({ text, source }, 'ansible_host is no name and no address', 'ansible_host=10.0.0.7');
  return address;
}

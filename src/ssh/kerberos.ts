/** Kerberos: whether there may be a ticket here, and what to do without one. */
import { existsSync } from 'node:fs';

/** A cache that is no file (KEYRING, KCM, API) is taken for one that has a ticket. Where nobody names one, MIT's default is meant. */
export function hasTicket({ KRB5CCNAME }: Readonly<Record<string, string | undefined>>): boolean {
  const name = KRB5CCNAME || `FILE:/tmp/krb5cc_${process.getuid?.() ?? 0}`;
  const [, kind = 'FILE', rest = ''] = /^(?:([A-Z]+):)?(.*)$/s.exec(name) ?? [];
  return kind === 'FILE' || kind === 'DIR' ? existsSync(rest) : true;
}

/** For a login that was refused where a ticket might have done. */
export const TICKET_HINT =
  'check the user (-u), the ticket of Kerberos (klist; kinit gets one), the key (-k) and ssh-agent (ssh-add -l)';

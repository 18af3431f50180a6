/** Finds out whether this machine may have a ticket of Kerberos, and has the hint for a login without one. */
import { existsSync } from 'node:fs';

/** A cache that is no file (KEYRING, KCM, API) counts as one with a ticket. Without a named cache it looks at MIT's default. */
export function hasTicket({ KRB5CCNAME }: Readonly<Record<string, string | undefined>>): boolean {
  const name = KRB5CCNAME || `FILE:/tmp/krb5cc_${process.getuid?.() ?? 0}`;
  const [, kind = 'FILE', rest = ''] = /^(?:([A-Z]+):)?(.*)$/s.exec(name) ?? [];
  return kind === 'FILE' || kind === 'DIR' ? existsSync(rest) : true;
}

/** The hint for a refused login that a ticket might have allowed. */
export const TICKET_HINT =
  'check the user (-u), the ticket of Kerberos (klist; kinit gets one), the key (-k) and ssh-agent (ssh-add -l)';

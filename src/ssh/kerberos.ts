/** Whether there may be a ticket of Kerberos here. */
import { existsSync } from 'node:fs';

/** A cache that is no file (KEYRING, KCM, API) is taken for one that has a ticket. Where nobody names one, MIT's default is meant. */
export function hasTicket({ KRB5CCNAME }: Readonly<Record<string, string | undefined>>): boolean {
  const name = KRB5CCNAME || `FILE:/tmp/krb5cc_${process.getuid?.() ?? 0}`;
  const [, kind = 'FILE', rest = ''] = /^(?:([A-Z]+):)?(.*)$/s.exec(name) ?? [];
  return kind === 'FILE' || kind === 'DIR' ? existsSync(rest) : true;
}

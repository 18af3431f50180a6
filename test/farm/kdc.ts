/** A Kerberos KDC that runs on a node of a farm and ends with it; it knows that node's sshd, and root. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Farm } from './farm.ts';
import { putFile } from './layer.ts';
import type { FarmNode } from './node.ts';
import { captureOrThrow } from './process.ts';

/**
 * Lines of sshd_config for such a node. The ticket of a client is for the address by which it goes there; a strict sshd takes only
 * one for its own host name.
 */
export const KERBEROS_ONLY = [
  'AuthenticationMethods gssapi-with-mic',
  'GSSAPIAuthentication yes',
  'GSSAPIStrictAcceptorCheck no',
];

/** Environments of a client: with a ticket of root, and with none. */
export interface Tickets {
  readonly withTicket: NodeJS.ProcessEnv;
  readonly withoutTicket: NodeJS.ProcessEnv;
}

export async function startKdc(farm: Farm, node: FarmNode): Promise<Tickets> {
  const script = fileURLToPath(new URL('../../scripts/get-kdc.sh', import.meta.url));
  const tree = (await captureOrThrow('sh', [script])).trim();
  await captureOrThrow('cp', ['-a', `${tree}/usr/.`, `${node.directory}/usr/`]);
  // Beside the node's own address, so that farms side by side do not meet.
  const address = node.host.replace(/\.\d+$/, '.254');
  putFile(join(node.directory, 'etc/krb5.conf'), clientConfig(address), 0o644);
  putFile(join(node.directory, 'etc/krb5kdc/kdc.conf'), kdcConfig(address), 0o600);
  const { code, stdout, stderr } = await node.run(setUp(node.host));
  if (code !== 0) throw new Error(`no KDC on ${node.name}: ${stdout}${stderr}`);

  const file = (name: string) => join(farm.home, name);
  putFile(file('krb5.conf'), clientConfig(address), 0o644);
  copyFileSync(join(node.directory, 'root/ticket'), file('ticket'));
  const environment = (cache: string) => ({
    KRB5_CONFIG: file('krb5.conf'),
    KRB5CCNAME: `FILE:${file(cache)}`,
  });
  return { withTicket: environment('ticket'), withoutTicket: environment('no-ticket') };
}

/** All keys are at random; the words of `-P` protect a data base that nobody has. krb5kdc goes to the background when it listens. */
const setUp = (host: string) => `set -e
mkdir -p /var/lib/krb5kdc
kdb5_util create -s -P '-'
kadmin.local addprinc -randkey host/${host}
kadmin.local ktadd host/${host}
kadmin.local addprinc -randkey root
kadmin.local ktadd -k /root/keytab root
krb5kdc
kinit -k -t /root/keytab -c FILE:/root/ticket root`;

/** No name is looked up: the client asks for the address that it was given. */
const clientConfig = (address: string) => `[libdefaults]
default_realm = ${REALM}
dns_canonicalize_hostname = false
dns_lookup_kdc = false
dns_lookup_realm = false
rdns = false
[realms]
${REALM} = {
  kdc = ${address}
}
`;

const kdcConfig = (address: string) => `[kdcdefaults]
kdc_listen = ${address}:88
kdc_tcp_listen = ${address}:88
[realms]
${REALM} = {
  database_name = /var/lib/krb5kdc/principal
  key_stash_file = /etc/krb5kdc/stash
}
`;

const REALM = 'FARM.TEST';

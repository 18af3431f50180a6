/**
 * ssh2 knows no host certificates, so this offers them behind its back. In each key exchange ssh2 sees the certificate
 * until it makes the exchange's hash, which covers that, and the plain key when it checks who signed the hash.
 */
import type { Client } from 'ssh2';
import { certifiedType } from '../certificate.ts';
import { readShownKey } from '../host-keys/host-certificate.ts';

interface Lists {
  readonly kex: List;
  readonly serverHostKey: List;
  readonly cs: Readonly<Record<string, List>>;
  readonly sc: Readonly<Record<string, List>>;
}

interface List {
  readonly array: readonly string[];
}

interface Exchange {
  readonly negotiated: { serverHostKey: string };
  _hostKey: Buffer | undefined;
  _sig: Buffer | undefined;
}

interface Protocol {
  _kex: Exchange | undefined;
  _offer: { readonly lists: Lists; readonly constructor: unknown };
}

/** `algorithms`: those of certificates, which come before all others. Must run once the client has begun to connect. */
export function offerHostCertificates(client: Client, algorithms: readonly string[]): void {
  if (algorithms.length === 0) return;
  const protocol = (client as unknown as { _protocol: Protocol })._protocol;
  const { lists } = protocol._offer;
  const Offer = protocol._offer.constructor as new (names: unknown) => Protocol['_offer'];
  protocol._offer = new Offer({
    kex: lists.kex.array,
    serverHostKey: [...algorithms, ...lists.serverHostKey.array],
    cs: namesOf(lists.cs),
    sc: namesOf(lists.sc),
  });
  let exchange: Exchange | undefined;
  Object.defineProperty(protocol, '_kex', {
    get: () => exchange,
    set: (next: Exchange | undefined) => {
      exchange = next;
      if (next !== undefined) showPlainKeyLater(next);
    },
  });
}

const namesOf = (lists: Lists['cs']) =>
  Object.fromEntries(Object.entries(lists).map(([name, { array }]) => [name, array]));

/** ssh2 reads the signature when it makes the hash, and never before. */
function showPlainKeyLater(exchange: Exchange): void {
  const { negotiated } = exchange;
  const plainType = certifiedType(negotiated.serverHostKey) ?? rsaHash(negotiated.serverHostKey);
  if (plainType === undefined) return;
  if (plainType.startsWith('rsa-')) negotiated.serverHostKey = 'ssh-rsa-cert-v01@openssh.com';
  let signature: Buffer | undefined;
  Object.defineProperty(exchange, '_sig', {
    get: () => {
      negotiated.serverHostKey = plainType;
      if (exchange._hostKey !== undefined) exchange._hostKey = readShownKey(exchange._hostKey).plainKey;
      return signature;
    },
    set: (next: Buffer | undefined) => {
      signature = next;
    },
  });
}

/** The one type of RSA certificates has two algorithms. */
const rsaHash = (algorithm: string): string | undefined =>
  /^(rsa-sha2-(?:256|512))-cert-v01@openssh\.com$/.exec(algorithm)?.[1];

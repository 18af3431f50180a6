/**
 * ssh2 waits until the server has accepted the service of authentication before it asks to be let in. The request may follow at
 * once (RFC 4253, section 10: the key exchanges of ours prove the server's key), which saves a round trip. It does where the
 * server has told its algorithms for signatures, as RFC 8308 has it: an RSA key is signed with one of them, and a server that
 * does not know that RFC is old enough to be waited for.
 */
import type { Client } from 'ssh2';

interface Handlers {
  SERVICE_ACCEPT(protocol: Protocol, name: string): void;
  EXT_INFO(protocol: Protocol, extensions: unknown): void;
}

interface Protocol {
  service(name: string): void;
  readonly _handlers: Handlers;
}

/** Must be called when the client has begun to connect. */
export function askAtOnce(client: Client): void {
  const protocol = (client as unknown as { _protocol: Protocol })._protocol;
  const handlers = protocol._handlers;
  const { SERVICE_ACCEPT: begin, EXT_INFO: learn } = handlers;
  const service = protocol.service.bind(protocol);
  let asked: string | undefined;
  let hasBegun = false;
  const beginOnce = (name: string) => {
    if (hasBegun) return;
    hasBegun = true;
    begin(protocol, name);
  };
  protocol.service = (name) => {
    service(name);
    asked = name;
  };
  // They stand behind the server's new keys, at which the service is asked for.
  handlers.EXT_INFO = (_protocol, extensions) => {
    learn(protocol, extensions);
    if (asked !== undefined) beginOnce(asked);
  };
  handlers.SERVICE_ACCEPT = (_protocol, name) => beginOnce(name);
}

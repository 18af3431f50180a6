/**
 * ssh2 does not ask to be let in before the server has accepted the service of authentication. The request may follow at
 * once, which saves a round trip (RFC 4253, section 10: lockstep's key exchanges prove the server's key). This sends it at
 * once if the server has told its signature algorithms (RFC 8308): an RSA key signs with one of them, and for a server
 * old enough not to know that RFC lockstep waits.
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

/** Must run once the client has begun to connect. */
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
  // They come right after the server's new keys, at which ssh2 asks for the service.
  handlers.EXT_INFO = (_protocol, extensions) => {
    learn(protocol, extensions);
    if (asked !== undefined) beginOnce(asked);
  };
  handlers.SERVICE_ACCEPT = (_protocol, name) => beginOnce(name);
}

// ssh2 with cheaper keys, and without what no run uses: SFTP, its agents for http (which bring TLS), making of keys, the look at the
// processor that orders ciphers (ours are ordered in src/ssh/ssh2/algorithms.ts), and the server, which the demo alone starts. The native
// addon stays where it was built; where it was, the WebAssembly that does the same is not started.
import { readFileSync } from 'node:fs';

const ADDON = 'ssh2/lib/protocol/crypto/build/Release/sshcrypto.node';
const INDEX = `module.exports = {
  ...require('./agent.js'),
  Client: require('./client.js'),
  get Server() { return require('./server.js'); },
  utils: { parseKey: require('./protocol/keyParser.js').parseKey },
};`;
const WASM = 'POLY1305_WASM_MODULE = await';

// OpenSSL 3 takes twenty times as long to read a key in DER or PEM as to be given its numbers: in each handshake ssh2 makes it read
// three, which is a tenth of all that a connection costs this side. So the private key is read once, and the others come as numbers. The
// number of a key that was made just now is not asked for: Node.js 20 may wait for ever then, since the collector of garbage, which may
// run meanwhile, takes the lock that this holds.
const CHEAPER_KEYS = {
  'keyParser.js': [
    [
      'return sign_(algo, data, pem);',
      'return sign_(algo, data, this.signer ??= require("crypto").createPrivateKey(pem));',
    ],
    [
      'return verify_(algo, data, pem, signature);',
      `return verify_(algo, data, this.type === 'ssh-ed25519' ? ${okp('Ed25519', 'this.getPublicSSH().subarray(-32)')} : pem, signature);`,
    ],
  ],
  'kex.js': [
    [/\{\s*key: asnWriter\.buffer,\s*type: 'spki',\s*format: 'der',\s*\}/, okp('X25519', 'otherPublicKey')],
  ],
};

export const leanSsh2 = {
  name: 'lean-ssh2',
  setup(build) {
    build.onResolve({ filter: /\/sshcrypto\.node$/ }, () => ({ path: ADDON, external: true }));
    build.onResolve({ filter: /^cpu-features$/ }, ({ path }) => ({ path, namespace: 'no-ssh2' }));
    build.onLoad({ filter: /^/, namespace: 'no-ssh2' }, () => ({ contents: 'throw new Error()' }));
    build.onLoad({ filter: /\/ssh2\/lib\/protocol\/SFTP\.js$/ }, () => ({
      contents: 'exports.SFTP = class {};',
    }));
    build.onLoad({ filter: /\/ssh2\/lib\/index\.js$/ }, () => ({ contents: INDEX }));
    build.onLoad({ filter: /\/ssh2\/lib\/protocol\/crypto\.js$/ }, ({ path }) => ({
      contents: changed(path, [[WASM, `if (binding) return resolve(); ${WASM}`]]),
    }));
    for (const [name, changes] of Object.entries(CHEAPER_KEYS)) {
      const filter = new RegExp(`/ssh2/lib/protocol/${name}$`);
      build.onLoad({ filter }, ({ path }) => ({ contents: changed(path, changes) }));
    }
  },
};

/** What createPublicKey and verify take for a key of 32 bytes, as the text of an expression. */
function okp(curve, bytes) {
  return `{ key: { kty: 'OKP', crv: '${curve}', x: ${bytes}.toString('base64url') }, format: 'jwk' }`;
}

function changed(path, changes) {
  let text = readFileSync(path, 'utf8');
  for (const [old, now] of changes) {
    if (text.split(old).length < 2)
      throw new Error(`ssh2 is another one than scripts/lean-ssh2.mjs knows: ${path}: ${old}`);
    text = text.replace(old, now);
  }
  return text;
}

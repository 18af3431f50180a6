// ssh2 without what no run uses: SFTP, its agents for http (which bring TLS), making of keys, the look at the processor that orders ciphers
// (ours are ordered in src/ssh/ssh2/algorithms.ts), and the server, which the demo alone starts. The native addon stays where it was
// built; where it was, the WebAssembly that does the same is not started.
import { readFileSync } from 'node:fs';

const ADDON = 'ssh2/lib/protocol/crypto/build/Release/sshcrypto.node';
const INDEX = `module.exports = {
  ...require('./agent.js'),
  Client: require('./client.js'),
  get Server() { return require('./server.js'); },
  utils: { parseKey: require('./protocol/keyParser.js').parseKey },
};`;
const WASM = 'POLY1305_WASM_MODULE = await';

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
    build.onLoad({ filter: /\/ssh2\/lib\/protocol\/crypto\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes(WASM))
        throw new Error(`ssh2 is another one than scripts/lean-ssh2.mjs knows: ${path}`);
      return { contents: text.replace(WASM, `if (binding) return resolve(); ${WASM}`) };
    });
  },
};

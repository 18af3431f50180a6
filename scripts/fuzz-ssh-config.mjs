// Bundles the fuzz of ssh_config and runs it: node scripts/fuzz-ssh-config.mjs --runs N. Needs ssh.
import { bundle } from './bundle.mjs';

await import(await bundle('test/fuzz/ssh-config/main.ts', {}));

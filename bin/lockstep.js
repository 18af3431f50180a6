#!/usr/bin/env node
import module from 'node:module';
import { basename } from 'node:path';

// Node 20 has no compile cache yet.
module.enableCompileCache?.();
const { main } = await import('../dist/main.mjs').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('lockstep is not built yet: run "npm install && npm run build" in its directory\n');
  process.exit(70);
});
process.exit(await main(process.argv.slice(2), basename(process.argv[1] ?? '')));

#!/usr/bin/env node
import { accessSync, constants } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const { main } = await import('../dist/main.mjs').catch(explain);
process.exit(await main(process.argv.slice(2), basename(process.argv[1] ?? '')));

/** What cannot be loaded is not there, or not for this account; with the codes of a shell. */
function explain(error) {
  const program = fileURLToPath(new URL('../dist/main.mjs', import.meta.url));
  try {
    accessSync(program, constants.R_OK);
  } catch ({ code }) {
    if (code === 'ENOENT')
      give(127, 'lockstep is not built yet: run "npm install && npm run build" in its directory');
    give(126, `lockstep may not be read by this account: ${program}: permission denied`);
  }
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  give(127, `lockstep lacks a package: run "npm install" in its directory\n${error.message}`);
}

function give(code, text) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

/**
 * Loads a part of dist (scripts/parts.mjs), a function that gives a CommonJS module, with the code that V8 made of it at the build
 * where that is there, safe and of this Node.js: so it is not compiled at each start. The build puts it into the entries. Node's own
 * modules are asked for where they are needed, since what answers at once needs none.
 */
import type { Stats } from 'node:fs';
import { unpackCode } from './code-cache.ts';

interface Module {
  exports: unknown;
}

const loaded = new Map<string, Module>();

/** What the part exports; it is run once. */
export function loadPart(name: string): unknown {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module: Module = { exports: {} };
  loaded.set(name, module);
  const { createRequire } = process.getBuiltinModule('node:module');
  const { dirname, url } = import.meta;
  const requirePackage = createRequire(url);
  const require = (id: string) => {
    const part = /^\.\/([\w-]+)\.cjs$/.exec(id)?.[1];
    return part === undefined ? requirePackage(id) : loadPart(part);
  };
  const run = compile(`${dirname}/${name}.cjs`);
  run(require, module, module.exports, new URL(`${name}.cjs`, url).href, dirname);
  return module.exports;
}

type Run = (require: unknown, module: Module, exports: unknown, url: string, directory: string) => void;

/** Compiled faster than its code is found. */
const SMALL_BYTES = 32 * 1024;

function compile(filename: string): Run {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { Script } = process.getBuiltinModule('node:vm');
  const source = readFileSync(filename);
  const cachedData = source.length < SMALL_BYTES ? undefined : readCode(source, filename);
  // The build leaves nothing but ASCII in it.
  const script = new Script(source.toString('latin1'), { filename, ...(cachedData && { cachedData }) });
  return script.runInThisContext();
}

function readCode(source: Buffer, path: string): Buffer | undefined {
  const { closeSync, fstatSync, openSync, readFileSync, statSync } = process.getBuiltinModule('node:fs');
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path.replace(/cjs$/, 'cache'), 'r');
    if (!isSafe(fstatSync(descriptor), statSync(path))) return undefined;
    return unpackCode(source, readFileSync(descriptor));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Code is run as it stands: so nobody may have written it but root, and he who may write the source. */
function isSafe(code: Stats, source: Stats): boolean {
  return (code.uid === source.uid || code.uid === 0) && (code.mode & 0o022) === 0;
}

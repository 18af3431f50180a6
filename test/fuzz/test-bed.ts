/** A node that is brought into states, looked at, and brought back to where it began. */
import { chmodSync, lchownSync, lutimesSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { quoteAll } from '../../src/node/quote.ts';
import type { Login, Mount, NodeState } from './generate-destination.ts';
import { ACCOUNTS, type FuzzNode } from './local-node.ts';
import { makeTree, readFacts, readTree, type Spec, type Specs, type Tree } from './tree.ts';

/** What is looked at of a node, besides new names in its root directory. */
const TOPS = ['/srv', '/root', '/home/worker', '/home/plain', '/run/orgalorg'];

/** Directories that are always there, with their owner and mode. */
const ALWAYS: readonly (readonly [path: string, uid: number, mode: number])[] = [
  ['/srv', 0, 0o755],
  ['/home', 0, 0o755],
  ['/root', 0, 0o700],
  ['/home/worker', ACCOUNTS.worker.uid, 0o755],
  ['/home/plain', ACCOUNTS.plain.uid, 0o755],
  ['/run/orgalorg', 0, 0o755],
];

const PAGE_BYTES = 4_096;

export class TestBed {
  readonly node: FuzzNode;
  /** Of the state that it is in. */
  login: Login = { umask: 0o022, environment: {} };
  readonly #firstNames = new Map<string, ReadonlySet<string>>();
  #mounted: string[] = [];
  #flagged: string[] = [];

  constructor(node: FuzzNode) {
    this.node = node;
    mkdirSync(`${node.directory}/run/orgalorg`, { recursive: true });
    for (const top of ['', ...TOPS]) this.#firstNames.set(top, new Set(this.#names(top)));
  }

  #names(top: string): string[] {
    return readdirSync(`${this.node.directory}${top}/`);
  }

  #newNames(top: string): string[] {
    const first = this.#firstNames.get(top);
    return this.#names(top).filter((name) => first?.has(name) !== true);
  }

  /** Everything that a run might change. */
  read(): Tree {
    const tops = [...TOPS, ...this.#newNames('').map((name) => `/${name}`)];
    const tree = readTree(this.node.directory, tops);
    // Records come and go in it.
    for (const { home } of Object.values(ACCOUNTS)) tree.delete(`${home}/.local/state/lockstep`);
    for (const path of ['/', '/home', '/run']) {
      const facts = readFacts(`${this.node.directory}${path}/.`);
      if (facts !== undefined) tree.set(path, facts);
    }
    return tree;
  }

  /** Whatever the last run and state left is gone. */
  async reset(): Promise<void> {
    const undo = [
      ...this.#mounted.reverse().map((at) => `umount -l ${quoteAll([at])}`),
      ...this.#flagged.map((path) => `chattr -ia ${quoteAll([path])}`),
    ];
    this.#mounted = [];
    this.#flagged = [];
    if (undo.length > 0) await this.node.run(undo.join('\n'));
    // Gone with a power failure.
    mkdirSync(`${this.node.directory}/run/orgalorg`, { recursive: true });
    const left = ['', ...TOPS].flatMap((top) => this.#newNames(top).map((name) => `${top}/${name}`));
    try {
      for (const path of left) rmSync(`${this.node.directory}${path}`, { recursive: true, force: true });
    } catch {
      // Its paths are longer than the kernel takes.
      await this.node.run(`rm -rf -- ${quoteAll(left)}`);
    }
    for (const [path, uid, mode] of ALWAYS) {
      const place = `${this.node.directory}${path}`;
      lchownSync(place, uid, uid);
      chmodSync(place, mode);
      lutimesSync(place, 1_400_000_000.25, 1_400_000_000.25);
    }
    lutimesSync(`${this.node.directory}/.`, 1_300_000_000.5, 1_300_000_000.5);
  }

  async prepare({ specs, mounts, flags, readOnly, login }: NodeState): Promise<void> {
    this.login = login;
    const base = this.node.directory;
    const early = mounts.filter(({ kind }) => kind !== 'bind-file');
    if (early.length > 0) {
      const isAbove = (path: string) => early.some(({ at }) => at === path || at.startsWith(`${path}/`));
      makeTree(base, new Map([...specs].filter(([path]) => isAbove(path))));
      await this.#must(early.map((mount, at) => mountCommand(mount, specs, at)));
      this.#mounted.push(...early.map(({ at }) => at));
    }
    makeTree(base, specs);
    const late = mounts.filter(({ kind }) => kind === 'bind-file');
    this.#mounted.push(...late.map(({ at }) => at));
    this.#flagged.push(...flags.map(([path]) => path));
    await this.#must([
      ...late.map((mount, at) => mountCommand(mount, specs, at)),
      ...flags.map(([path, flag]) => `chattr +${flag} ${quoteAll([path])}`),
      ...readOnly.map((at) => `mount -o remount,ro ${quoteAll([at])}`),
    ]);
  }

  async #must(commands: readonly string[]): Promise<void> {
    if (commands.length === 0) return;
    const { code, stderr } = await this.node.run(`set -e\n${commands.join('\n')}`);
    if (code !== 0) throw new Error(`the ${this.node.kind} node: ${stderr}`);
  }
}

function mountCommand({ at, kind, left }: Mount, specs: Specs, number: number): string {
  const point = quoteAll([at]);
  const source = `/mnt/binds/${number}`;
  switch (kind) {
    case 'bind':
      return `rm -rf ${source}; mkdir ${source}; mount --bind ${source} ${point}`;
    case 'bind-file':
      return `rm -rf ${source}; echo mounted >${source}; mount --bind ${source} ${point}`;
    case 'tmpfs':
      return `mount -t tmpfs ${left === undefined ? '' : `-o ${sizeOf(at, specs, left)} `}tmpfs ${point}`;
  }
}

function sizeOf(at: string, specs: Specs, left: { readonly pages: number; readonly inodes: number }): string {
  const inside = [...specs].filter(([path]) => path.startsWith(`${at}/`)).map(([, spec]) => spec);
  const pages = inside.reduce((sum, spec) => sum + pagesOf(spec), left.pages);
  return `size=${Math.max(1, pages) * PAGE_BYTES},nr_inodes=${inside.length + 1 + left.inodes}`;
}

function pagesOf({ type, body }: Spec): number {
  return type === 'directory' ? 0 : Math.ceil((body.length + 1) / PAGE_BYTES);
}

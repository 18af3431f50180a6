/** A pretended node: directories of its own, tools of its choice, and the texts that put files in place there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { COMMIT_TEXT, RECEIVE_TEXT, RECOVER_TEXT } from '../../../src/node/texts.ts';
import { manifestOf } from './manifests.ts';
import { linkTools, type Tools } from './node-tools.ts';

export { TOOLS, type Tools } from './node-tools.ts';

export const RUN = '20250101T000000-abc';

/** No real lock: other tests run keepers on this machine, and would wait for workers on one of theirs. */
export const LOCK = '/nonexistent/lock';
export const isRoot = process.getuid?.() === 0;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly bytes?: Buffer;
  readonly stderr: string;
}

export class RelocationNode {
  readonly top = realpathSync(mkdtempSync(join(tmpdir(), 'relocate-')));
  readonly source = this.#made('source');
  readonly destination = this.#made('destination');
  readonly records = join(this.#made('state'), 'lockstep');
  readonly shell: readonly string[];
  /** Commands that mount, run before each text in a mount namespace of its own. */
  mounts = '';
  /** What its login scripts export. */
  extra: Readonly<Record<string, string>> = {};
  /** A user without privileges does the work. */
  asNobody = false;
  /** What the receiver has said that it carries plans out with. */
  runs: string | undefined;
  /** Its groups, as setpriv takes them. */
  groups = '--clear-groups';

  constructor(shell: readonly string[], tools: Tools = 'perl') {
    this.shell = shell;
    linkTools(this.#made('bin'), tools);
    // Unlike rmSync, rm can remove trees whose paths are longer than a call takes.
    onTestFinished(() => void execFileSync('rm', ['-rf', '--', this.top]));
  }

  #made(name: string): string {
    const path = join(this.top, name);
    mkdirSync(path);
    return path;
  }

  /** An archive as the controller makes it, from `source`. */
  archive(
    roots: readonly string[],
    { isParanoid = false, sum = sha256, programs = EXECUTORS, mends = [] }: Wanted = {},
  ): Buffer {
    const staging = mkdtempSync(join(this.top, 'archive-'));
    symlinkSync(this.source, join(staging, 'tree'));
    writeFileSync(join(staging, 'roots'), listed(roots));
    writeFileSync(join(staging, 'manifest'), manifestOf(this.source, { roots, mends }, sum));
    if (isParanoid) writeFileSync(join(staging, 'paranoid'), '');
    for (const { name, text } of programs) writeFileSync(join(staging, name), text);
    const names = programs.map(({ name }) => name);
    const ours = [...names, ...(isParanoid ? ['paranoid'] : []), 'manifest', 'roots'];
    const members = [...roots.map((root) => `tree/${root}`), ...ours];
    return execFileSync(
      'tar',
      ['-C', staging, '--format=posix', '--no-unquote', '-cf', '-', '--', ...members],
      {
        maxBuffer: 1 << 28,
      },
    );
  }

  receive(
    archive: Buffer,
    given: {
      destination?: string;
      base?: string;
      owner?: string;
      text?: string;
      room?: readonly string[];
      /** What shall be there no longer. */
      removes?: readonly string[];
      /** How many names that is, those in directories counted; by default as many as are there. */
      counted?: number;
      /** How many are listed as mended. */
      mended?: number;
      hasXattrs?: boolean;
      /** The archive comes through gzip. */
      isPacked?: boolean;
    } = {},
  ): Ended {
    const {
      destination = this.destination,
      base = '',
      owner = '',
      text = RECEIVE_TEXT,
      removes,
      mended,
      hasXattrs = false,
    } = given;
    const packed = given.isPacked ? 'gzip' : '';
    const counted = hasXattrs ? [`${mended ?? 0}`, 'yes'] : mended === undefined ? [] : [`${mended}`];
    const { counted: found = countBelow(this.destination, removes ?? []) } = given;
    const more = [removes === undefined ? '' : `${found}`, packed, ...counted];
    const room = given.room ?? ['0', '0'];
    const words = [
      'lockstep-hand',
      RUN,
      'r',
      LOCK,
      '1:1',
      destination,
      base,
      owner,
      '',
      'me@here',
      'noon',
      ...room,
      ...more,
    ];
    const list = removes === undefined ? '' : listed(removes);
    const said = this.run(text, words, Buffer.concat([Buffer.from(`TOKEN\n${list}`), archive]));
    this.runs = /^TOKEN RUNS (.+)$/m.exec(said.stdout)?.[1];
    return { ...said, stdout: said.stdout.replaceAll(/^TOKEN RUNS .+\n/gm, '') };
  }

  commit(stage: string, text = COMMIT_TEXT, { decision = '', way = 'alone' } = {}): Ended {
    const words = ['lockstep-hand', RUN, 'p', LOCK, '1:1', stage, way];
    return this.run(text, words, Buffer.from(`TOKEN\n${decision}`));
  }

  /** `decided`: what the keeper was told of it, if that. */
  recover(text = RECOVER_TEXT, ...decided: readonly 'keep'[]): Ended {
    return this.run(text, ['lockstep-recover', RUN, ...decided], Buffer.alloc(0));
  }

  /** Stage and commit in one go; the answers of both. */
  upload(roots: readonly string[], given: Parameters<RelocationNode['receive']>[1] & Wanted = {}): Ended {
    const mended = given.mends?.length;
    const received = this.receive(this.archive(roots, given), { ...given, ...(mended && { mended }) });
    if (received.code !== 0) return received;
    const committed = this.commit(stageOf(received));
    const said = { stdout: received.stdout + committed.stdout, stderr: received.stderr + committed.stderr };
    return { code: committed.code, ...said };
  }

  /** In a process group of its own, so that a text may kill itself and all its children. */
  run(text: string, words: readonly string[], input: Buffer, extra: Record<string, string> = {}): Ended {
    const environment = {
      PATH: join(this.top, 'bin'),
      HOME: this.top,
      XDG_STATE_HOME: join(this.top, 'state'),
      ...this.extra,
      ...extra,
    };
    const command = [...this.shell, '-c', text, ...words];
    const [program = '', ...rest] = [...this.#privilege(), ...command];
    const ended = spawnSync(
      '/usr/bin/setsid',
      ['-w', '/usr/bin/env', ...pairs(environment), program, ...rest],
      {
        input,
        cwd: this.top,
        maxBuffer: 1 << 26,
      },
    );
    return { code: ended.status, stdout: `${ended.stdout}`, bytes: ended.stdout, stderr: `${ended.stderr}` };
  }

  /** The record's lines, or undefined. */
  record(): Record<string, string> | undefined {
    const path = join(this.records, RUN);
    if (!existsSync(path)) return undefined;
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    return Object.fromEntries(lines.map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
  }

  /** Gives all of the node's directories to the user without privileges, who works there from now on. */
  becomeNobody(): void {
    if (!isRoot) return;
    this.asNobody = true;
    execFileSync('chown', ['-hR', '65534:65534', this.top]);
  }

  #privilege(): string[] {
    const user = ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', this.groups];
    const mounting = [
      '/usr/bin/unshare',
      '-m',
      '/bin/sh',
      '-ec',
      `PATH=/usr/bin:/bin:/usr/sbin:/sbin\n${this.mounts}\nPATH=${join(this.top, 'bin')}\nexec "$@"`,
      'sh',
    ];
    return [...(this.mounts === '' ? [] : mounting), ...(this.asNobody ? user : [])];
  }
}

export interface Wanted {
  /** All that was sent is hashed again when it is in place. */
  readonly isParanoid?: boolean;
  /** What it brings along. */
  readonly programs?: typeof EXECUTORS;
  /** Of a file's contents. */
  readonly sum?: (contents: Buffer) => string;
  /** Members of the source that are there, and are not sent. */
  readonly mends?: readonly string[];
}

function countBelow(top: string, paths: readonly string[]): number {
  const counts = paths.map((path) => {
    const status = lstatSync(join(top, path), { throwIfNoEntry: false });
    return status?.isDirectory() ? 1 + readdirSync(join(top, path), { recursive: true }).length : 1;
  });
  return counts.reduce((one, other) => one + other, 0);
}

const listed = (paths: readonly string[]) =>
  [...paths.map((path) => path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')), '/end', ''].join('\n');

export const sha256 = (contents: Buffer) => hash('sha256', contents);

/** The first stage that a receiver announced. */
export function stageOf(received: Ended): string {
  const stage = /^TOKEN STAGE (.+)$/m.exec(received.stdout)?.[1];
  if (stage === undefined) throw new Error(`no stage: ${received.stdout} ${received.stderr}`);
  return stage;
}

const pairs = (environment: Readonly<Record<string, string>>) =>
  Object.entries(environment).map(([name, value]) => `${name}=${value}`);

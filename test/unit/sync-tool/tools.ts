/** Pretended nodes that run the sync tool, and the controller's part of the protocol. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { RECOVER_TEXT, SHIPPED_TOOL } from '../../../src/node/texts.ts';
import { listing } from '../node/relocation-trees.ts';

export const read = (path: string) =>
  readFileSync(new URL(`../../../sync-tool/${path}`, import.meta.url), 'utf8');
const PREFIX = 'ORGALORG:123';
export const RUN = 'run-1';

/** One node's directories, and its tool when it runs. */
export class Member {
  readonly name: string;
  readonly top = realpathSync(mkdtempSync(join(tmpdir(), 'sync-')));
  readonly destination = join(this.top, 'destination');
  readonly before: string[];
  readonly shell: readonly string[];
  child!: ChildProcessWithoutNullStreams;
  output = '';
  exited!: Promise<number | null>;
  /** What else a tool finds in its environment. */
  extra: Readonly<Record<string, string>> = {};

  constructor(name: string, shell: readonly string[]) {
    this.name = name;
    this.shell = shell;
    this.put('run/etc/app/app.conf', 'new');
    this.put('run/etc/app/conf.d/-x y', 'new');
    this.put('destination/etc/app/app.conf', 'old');
    mkdirSync(join(this.top, 'state'));
    this.before = listing(this.destination);
    onTestFinished(() => rmSync(this.top, { recursive: true, force: true }));
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.top, path)), { recursive: true });
    writeFileSync(join(this.top, path), text);
  }

  start(words: readonly string[]): void {
    const [program = '', ...flags] = this.shell;
    this.child = spawn(program, [...flags, '-c', SHIPPED_TOOL, 'lockstep-sync', ...words], {
      cwd: join(this.top, 'run'),
      detached: true,
      env: {
        ...process.env,
        LOCKSTEP_RUN: RUN,
        LOCKSTEP_TO: this.destination,
        XDG_STATE_HOME: join(this.top, 'state'),
        TOP: this.top,
        ...this.extra,
      },
    });
    this.child.stdin.on('error', () => {});
    this.child.stderr.on('data', (chunk) => (this.output += chunk));
    this.exited = new Promise((resolve) => this.child.on('close', resolve));
  }

  get conf(): string {
    return readFileSync(join(this.destination, 'etc/app/app.conf'), 'utf8');
  }

  get state(): string | undefined {
    const path = join(this.top, 'state/lockstep', RUN);
    return existsSync(path) ? /.*\nstate (\w+)/s.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  }

  /** What its hooks have written. */
  log(): string {
    const path = join(this.top, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}

/** The controller's part of the protocol. `onSync` may act on a member before its message is passed on. */
export async function runTools(
  members: readonly Member[],
  words: readonly string[],
  onSync: (member: Member, text: string) => boolean | void = () => {},
): Promise<(number | null)[]> {
  const broadcast = (line: string) => {
    for (const member of members) member.child.stdin.write(`${PREFIX} ${line}\n`);
  };
  for (const member of members) {
    member.start(words);
    let rest = '';
    member.child.stdout.on('data', (chunk) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const text = line.startsWith(`${PREFIX} SYNC `) ? line.slice(PREFIX.length + 6) : undefined;
        if (text === undefined && line.startsWith(`${PREFIX} `)) continue;
        if (text === undefined) member.output += `${line}\n`;
        else if (onSync(member, text) !== false) broadcast(`SYNC ${member.name} ${text}`);
      }
    });
    void member.exited.then((code) => {
      broadcast(
        code === 0 ? `DONE ${member.name} it ended well` : `LOST ${member.name} it ended with code ${code}`,
      );
    });
  }
  for (const member of members) {
    member.child.stdin.write(`${PREFIX} HELLO\n`);
    for (const { name } of members) {
      member.child.stdin.write(`${PREFIX} NODE ${name}${name === member.name ? ' CURRENT' : ''}\n`);
    }
    member.child.stdin.write(`${PREFIX} START\n`);
  }
  return Promise.all(members.map((member) => member.exited));
}

export function recover(member: Member): Promise<number | null> {
  const child = spawn('sh', ['-c', RECOVER_TEXT, 'lockstep-recover', RUN], {
    env: { ...process.env, XDG_STATE_HOME: join(member.top, 'state') },
  });
  return new Promise((resolve) => child.on('close', resolve));
}

export const threeMembers = (words: readonly string[]) =>
  ['[a@n1:22]', '[a@n2:22]', '[a@n3:22]'].map((name) => new Member(name, words));

export const isBack = (member: Member) => expect(listing(member.destination)).toEqual(member.before);

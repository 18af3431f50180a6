// @module-tag slow: left out of npm run test:quick
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFailed } from 'vitest';
import type { Node } from '../../../src/core/node.ts';
import { ToolConversation } from '../../../src/protocol/conversation.ts';

const library = read('../../../sync-tool/lib/lockstep.sh');
const readmeTool = firstBlock(read('../../../sync-tool/README.md'), 'sh');
const protocolPage = read('../../../docs/PROTOCOL.md');

const directory = mkdtempSync(join(tmpdir(), 'lockstep-library-'));
afterAll(() => rmSync(directory, { recursive: true }));
writeFileSync(join(directory, 'lockstep.sh'), library);

// bash reads ~/.bashrc when its stdin is a socket, as it is here and may be under sshd.
const environmentOfTools = { PATH: process.env.PATH, HOME: directory, LOCKSTEP_RUN: 'run' };

const shells = ['dash', 'bash --posix', 'busybox sh'].map(
  (words) => words.split(' ') as [string, ...string[]],
);
const isInstalled = (program: string) => spawnSync(program, ['-c', ':']).error === undefined;

const names = ['[root@web-01:22]', '[we*rd\\u$(x)@h[0-9]?st:2222]', '[u@[::1]:22]'];
const prefix = 'ORGALORG:77';
const introduction = [
  `${prefix} HELLO`,
  ...names.map((name, position) => `${prefix} NODE ${name}${position === 1 ? ' CURRENT' : ''}`),
  `${prefix} START`,
];
const watch = `${prefix} WATCH`;

describe.each(shells)('the sync library in %s', (shell, ...shellArguments) => {
  const words = [shell, ...shellArguments] as const;
  const tool = (body: string) => `set -eu\n. ./lockstep.sh\n${body}`;
  const together = (...bodies: string[]) => runTogether(bodies.map((body) => [...words, '-c', tool(body)]));
  /** One tool, told these lines and then nothing more: all that it may read is there at once. */
  const alone = (body: string, lines: readonly string[] = [], environment: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(shell, [...shellArguments, '-c', tool(body)], {
      cwd: directory,
      input: lines.map((line) => `${line}\n`).join(''),
      env: { ...environmentOfTools, ...environment },
      encoding: 'utf8',
    });
    return { status, output: stdout.trimEnd().split('\n'), complaint: stderr };
  };
  const sync = (node: number, text: string) => `${prefix} SYNC ${names[node]} ${text}`;
  const lost = (node: number, reason: string) => `${prefix} LOST ${names[node]} ${reason}`;
  const done = (node: number) => `${prefix} DONE ${names[node]} 0`;

  it.runIf(isInstalled(shell))('learns who takes part, whatever their names are made of', () => {
    const body = 'hello; nodes; printf "%s\\n" "$node_count" "$own_node" "$node_list"';
    expect(alone(body, introduction)).toEqual({
      status: 0,
      output: [watch, '3', names[1], ...names],
      complaint: '',
    });
    const withoutPrefix = introduction.map((line) => line.replace(`${prefix} NODE`, 'NODE'));
    expect(alone(body, withoutPrefix).output).toEqual([watch, '3', names[1], ...names]);
  });

  it.runIf(isInstalled(shell))('opens a barrier when all have said its text, however early or often', () => {
    const body =
      'hello; nodes; wait_for_all one; echo passed one; wait_for_all "t  [w*]o \\\\"; echo passed two';
    const second = 't  [w*]o \\';
    const one = [
      sync(0, second),
      sync(0, 'one'),
      sync(0, 'one'),
      sync(0, second),
      `${prefix} NEWS x`,
      sync(1, 'one'),
    ];
    const passedOne = [watch, `${prefix} SYNC one`, 'passed one', `${prefix} SYNC ${second}`];
    expect(alone(body, [...introduction, ...one])).toMatchObject({
      status: 2,
      output: passedOne.slice(0, 2),
    });
    const two = [...one, sync(2, 'one'), sync(1, second), sync(0, 'one')];
    expect(alone(body, [...introduction, ...two])).toMatchObject({ status: 2, output: passedOne });
    const all = [...introduction, ...two, sync(2, second)];
    expect(alone(body, all)).toEqual({ status: 0, output: [...passedOne, 'passed two'], complaint: '' });
  });

  it.runIf(isInstalled(shell))('counts each of many tools once, also where nothing can be sorted', () => {
    const many = Array.from({ length: 150 }, (_, at) => `[u*r@h-${at}:22]`);
    const told = [...introduction.slice(0, 1), ...many.map((name) => `${prefix} NODE ${name}`)];
    const said = (texts: readonly string[]) =>
      texts.flatMap((text) => many.map((name) => `${prefix} SYNC ${name} ${text}`));
    const start = [...told, `${prefix} START`];
    const once = said(['one', 'two']);
    const [repeated = '', missing = ''] = [once[3], once[149]];
    const body = 'hello; nodes; wait_for_all one; wait_for_all two; echo "$node_count passed"';
    const passed = [watch, `${prefix} SYNC one`, `${prefix} SYNC two`, '150 passed'];
    for (const stub of ['', 'sort() { :; }; ']) {
      expect(alone(stub + body, [...start, ...once])).toEqual({ status: 0, output: passed, complaint: '' });
      const twice = once.toSpliced(5, 0, repeated);
      expect(alone(stub + body, [...start, ...twice, ...once])).toMatchObject({ status: 0, output: passed });
      const early = once.map((line) => (line === missing ? repeated : line));
      expect(alone(stub + body, [...start, ...early, repeated, repeated])).toMatchObject({
        status: 2,
        output: passed.slice(0, 2),
      });
      expect(alone(stub + body, [...start, ...early, missing])).toMatchObject({ status: 0, output: passed });
    }
  });

  it.runIf(isInstalled(shell))(
    'tells which tool failed first and why, and still waits for all to undo',
    () => {
      const body = `hello; nodes; wait_for_all one || echo "$? $failed_node $failed_reason"
      wait_for_all two || echo "$?"; wait_for_all undone; echo bye`;
      const lines = [sync(2, 'failed no  disk'), sync(0, 'failed too'), sync(2, 'undone'), sync(1, 'undone')];
      const said = [watch, `${prefix} SYNC one`, `1 ${names[2]} no  disk`, '1', `${prefix} SYNC undone`];
      expect(alone(body, [...introduction, ...lines])).toMatchObject({ status: 2, output: said });
      for (const last of [sync(0, 'undone'), lost(0, 'exited with code 1'), done(0)]) {
        expect(alone(body, [...introduction, ...lines, last])).toMatchObject({
          status: 0,
          output: [...said, 'bye'],
        });
      }
    },
  );

  it.runIf(isInstalled(shell))('does not begin when the run has failed before it started', () => {
    const body = 'hello; nodes || echo "$?${failed_node:+" $failed_node $failed_reason"}"';
    const lines = [`${prefix} HELLO`, done(2), lost(0, 'exited with code 127')];
    expect(alone(body, lines).output).toEqual([watch, `1 ${names[0]} exited with code 127`]);
    expect(alone(body, introduction.slice(0, 3)).output).toEqual([watch, '2']);
  });

  it.runIf(isInstalled(shell))('waits for no text that a tool which has ended never said', () => {
    const fails = '|| { echo "$? $failed_node $failed_reason"; wait_for_all undone; exit 1; }';
    const body = `hello; nodes; wait_for_all one ${fails}; wait_for_all "t*o" ${fails}; echo "must not happen"`;
    const reason = `1 ${names[0]} ended before it said`;
    const undone = [`${prefix} SYNC undone`];
    const oneSaid = [watch, `${prefix} SYNC one`];
    const others = [sync(1, 'undone'), sync(2, 'undone')];
    expect(alone(body, [...introduction, sync(1, 'one'), done(0), ...others])).toMatchObject({
      status: 1,
      output: [...oneSaid, `${reason} one`, ...undone],
    });
    // It ended after its part in one barrier, before or after the others took theirs.
    const [early, late] = [
      [0, 1, 2],
      [1, 2, 0],
    ].map((order) => order.map((node) => sync(node, 'one')));
    expect(
      alone(body, [...introduction, ...(early ?? []).toSpliced(1, 0, done(0)), ...others]),
    ).toMatchObject({
      status: 1,
      output: [...oneSaid, `${reason} t*o`, ...undone],
    });
    expect(alone(body, [...introduction, ...(late ?? []), done(0), ...others])).toMatchObject({
      status: 1,
      output: [...oneSaid, `${prefix} SYNC t*o`, `${reason} t*o`, ...undone],
    });
  });

  it.runIf(isInstalled(shell))('passes every barrier that a tool has spoken for before it ended', () => {
    const body = 'hello; nodes; wait_for_all one; wait_for_all "t*o"; echo passed';
    const lines = [sync(0, 'one'), sync(0, 't*o'), done(0), ...[1, 2].map((node) => sync(node, 'one'))];
    const all = [...introduction, ...lines, sync(2, 't*o'), done(2), sync(1, 't*o')];
    expect(alone(body, all)).toEqual({
      status: 0,
      output: [watch, `${prefix} SYNC one`, `${prefix} SYNC t*o`, 'passed'],
      complaint: '',
    });
    const unsaid = 'hello; nodes; say two; wait_for_all one || echo "$failed_reason"';
    expect(alone(unsaid, [...introduction, sync(2, 'x one'), done(2)]).output.at(-1)).toBe(
      'ended before it said one',
    );
  });

  it.runIf(isInstalled(shell))('takes a closed stdout for a controller that is gone', () => {
    const all = [0, 1, 2].map((node) => sync(node, 'one'));
    const body = "trap '' PIPE; hello; nodes; exec >&-; wait_for_all one || exit $?";
    expect(alone(body, [...introduction, ...all]).status).toBe(2);
  });

  it.runIf(isInstalled(shell))('is alone only when it is told so, never because its controller died', () => {
    const body = 'hello; nodes; echo "$node_count $own_node"; wait_for_all one; wait_for_all two; echo end';
    expect(alone(body, [], { LOCKSTEP_ALONE: '1' })).toMatchObject({
      status: 0,
      output: ['1 [alone]', 'end'],
    });
    expect(alone(body, [], { LOCKSTEP_RUN: '' })).toMatchObject({ status: 2, output: [''] });
    expect(alone(body, ['ls']).complaint).toContain('does not speak the sync protocol');
    const failing = 'hello; nodes; say "failed x"; wait_for_all one || echo "$failed_node $failed_reason"';
    expect(alone(failing, [], { LOCKSTEP_ALONE: '1' }).output).toEqual(['[alone] x']);
  });

  it.runIf(isInstalled(shell))('refuses texts that would not come back as they were said', () => {
    for (const text of ['', ' a', 'a ', 'a\nb', 'a\tb', 'a\u001bb']) {
      const { status, output, complaint } = alone('hello; nodes; say "$text"', introduction, { text });
      expect({ text, status, output }).toEqual({ text, status: 64, output: [watch] });
      expect(complaint).toContain('one line of text');
    }
    const all = [0, 1, 2].map((node) => sync(node, 'one'));
    const twice = alone('hello; nodes; wait_for_all one; wait_for_all one', [
      ...introduction,
      ...all,
      ...all,
    ]);
    expect(twice).toMatchObject({ status: 64, output: [watch, `${prefix} SYNC one`] });
  });

  it.runIf(isInstalled(shell))('three tools pass their barriers together', async () => {
    const body = 'hello; nodes; echo work; wait_for_all one; echo more; wait_for_all two; echo end';
    const { codes, printed, failures } = await together(body, `sleep 0.2; ${body}`, body);
    expect(codes).toEqual([0, 0, 0]);
    expect(failures).toEqual([]);
    const texts = printed.map((line) => line.slice(line.indexOf(' ') + 1));
    expect(texts).toEqual(['work', 'work', 'work', 'more', 'more', 'more', 'end', 'end', 'end']);
  });

  it.runIf(isInstalled(shell))('when one tool fails all undo, and none leaves before all have', async () => {
    const start = 'hello; nodes; undo() { echo undo; wait_for_all undone; echo bye; exit 1; }\n';
    const follow = `${start} wait_for_all one || undo; echo "must not happen"`;
    const { codes, printed } = await together(follow, `${start} say "failed disk full"; undo`, follow);
    expect(codes).toEqual([1, 1, 1]);
    expect(printed.map((line) => line.slice(2))).toEqual(['undo', 'undo', 'undo', 'bye', 'bye', 'bye']);
  });

  it.runIf(isInstalled(shell))(
    'when one tool dies the others learn its name, and undo without it',
    async () => {
      const follow = `hello; nodes; wait_for_all one || { echo "$? $failed_node"; wait_for_all undone; exit 1; }`;
      const { codes, printed, failures } = await together(follow, 'hello; nodes; kill -KILL $$', follow);
      expect(codes).toEqual([1, 'SIGKILL', 1]);
      expect(printed.toSorted()).toEqual([`0 1 ${names[1]}`, `2 1 ${names[1]}`]);
      expect(failures[0]).toContain('was ended by SIGKILL');
    },
  );

  it.runIf(isInstalled(shell))(
    'when one tool ends early and well the others undo, and do not hang',
    async () => {
      const follow = `hello; nodes; wait_for_all one || { echo "$failed_reason"; wait_for_all undone; exit 1; }`;
      const { codes, printed } = await together(follow, 'hello; nodes', follow);
      expect(codes).toEqual([1, 0, 1]);
      expect(printed.toSorted()).toEqual(['0 ended before it said one', '2 ended before it said one']);
    },
  );

  it.runIf(isInstalled(shell))(
    'a tool that knows the lines of orgalorg alone sees no other when the run fails, and is ended',
    async () => {
      const strict = `while read -r _ word _; do
        case $word in HELLO | NODE | START | SYNC) echo "$word" ;; *) echo "unknown: $word"; exit 99 ;; esac
      done`;
      const watcher = 'hello; nodes; say here; wait_for_all one || exit 7';
      const { codes, printed } = await runTogether(
        [strict, tool(watcher), tool('hello; nodes; say here; exit 3')].map((text) => [...words, '-c', text]),
        { rollbackGraceMs: 500 },
      );
      expect(codes).toEqual(['SIGKILL', 7, 3]);
      const seen = printed.map((line) => line.slice(2));
      expect(new Set(seen)).toEqual(new Set(['HELLO', 'NODE', 'START', 'SYNC']));
    },
  );

  it.runIf(isInstalled(shell))('a tool that waits hears TERM, and undoes by its trap', async () => {
    const body = `trap 'echo undo; exit 1' TERM; hello; nodes; { sleep 0.3; kill -TERM $$; } & wait_for_all one`;
    const other = 'hello; nodes; wait_for_all two';
    const { codes, printed } = await together(body, other, other);
    expect(codes).toEqual([1, 1, 1]);
    expect(printed).toEqual(['0 undo']);
  });

  it.runIf(isInstalled(shell))('the tool of the README changes all nodes, or none', async () => {
    writeFileSync(join(directory, 'readme-tool'), readmeTool);
    writeFileSync(join(directory, 'nginx.conf'), 'new\n');
    const stubs = 'nginx() { :; }; systemctl() { echo "$@"; };';
    const start = (position: number, stub = '') => {
      const file = join(directory, `live-${position}`);
      writeFileSync(file, 'old\n');
      return [...words, '-c', `${stubs} ${stub} . ./readme-tool`, 'sync', file];
    };
    const live = () => [0, 1, 2].map((position) => readFileSync(join(directory, `live-${position}`), 'utf8'));
    const run = (...stubsOf: string[]) => runTogether(stubsOf.map((stub, position) => start(position, stub)));
    expect((await run('', '', '')).codes).toEqual([0, 0, 0]);
    expect(live()).toEqual(['new\n', 'new\n', 'new\n']);
    for (const stub of ['nginx() { return 1; };', 'systemctl() { return 1; };', 'mv() { kill -KILL $$; };']) {
      const { codes } = await run('', '', stub);
      expect(codes.slice(0, 2)).toEqual([1, 1]);
      expect(live().slice(0, 2)).toEqual(['old\n', 'old\n']);
    }
  });
});

describe('the protocol page', () => {
  it.runIf(isInstalled('dash'))('has a sh example that works', async () => {
    const block = firstBlock(protocolPage, 'sh');
    const { codes, printed } = await runTogether([1, 2, 3].map(() => ['dash', '-c', block]));
    expect(codes).toEqual([0, 0, 0]);
    expect(printed.toSorted()).toEqual(['0 all are ready', '1 all are ready', '2 all are ready']);
  });

  it.runIf(isInstalled('python3'))(
    'has a Python example that works, and gives up when another tool dies',
    async () => {
      const block = firstBlock(protocolPage, 'python');
      const all = await runTogether([1, 2, 3].map(() => ['python3', '-c', block]));
      expect(all.codes).toEqual([0, 0, 0]);
      expect(all.printed.toSorted()).toEqual(['0 all are ready', '1 all are ready', '2 all are ready']);
      for (const [other, code] of [
        ['false', 1],
        ['true', 0],
      ] as const) {
        const one = await runTogether([['python3', '-c', block], [other]]);
        expect(one.codes).toEqual([1, code]);
      }
    },
  );
});

interface Ended {
  /** Exit codes or signals. */
  readonly codes: readonly (number | string | null)[];
  /** Lines of ordinary output in the order of arrival, after the position of the tool. */
  readonly printed: readonly string[];
  readonly failures: readonly string[];
}

/** Runs the tools as processes, with a real session between them. */
async function runTogether(
  commands: readonly (readonly string[])[],
  { rollbackGraceMs } = { rollbackGraceMs: 20_000 },
): Promise<Ended> {
  const nodes = commands.map((_, position): Node => {
    return { id: names[position] ?? '', user: '', host: String(position), port: 22, given: '' };
  });
  const printed: string[] = [];
  const children: ChildProcess[] = [];
  const complaints: string[] = [];
  onTestFailed(() => console.error(complaints.join('')));
  const session = new ToolConversation({
    nodes,
    prefix,
    barrierTimeoutMs: 20_000,
    rollbackGraceMs,
    tell() {},
    output: (event) => {
      for (const line of event.chunk.toString().trimEnd().split('\n'))
        printed.push(`${event.node.host} ${line}`);
    },
    endTools: (ended) => {
      for (const node of ended) children[nodes.indexOf(node)]?.kill('SIGKILL');
    },
    startTimer: (callback, afterMs) => {
      const timer = setTimeout(callback, afterMs);
      return () => clearTimeout(timer);
    },
    defer: setImmediate,
  });
  const codes = nodes.map((node, position) => {
    const [program = '', ...rest] = commands[position] ?? [];
    const child = spawn(program, rest, {
      cwd: directory,
      env: { ...environmentOfTools, LOCKSTEP_NODE: node.id },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.push(child);
    child.stdin.on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => void session.stdout(node, chunk));
    session.started(node, async (text) => void child.stdin.write(text));
    return new Promise<number | string | null>((resolve) => {
      child.on('close', (code, signal) => {
        resolve(code ?? signal);
        const result = signal
          ? ({ kind: 'signal', signal } as const)
          : ({ kind: 'code', code: code ?? 1 } as const);
        void session.ended(node, result);
      });
    });
  });
  const failures = await session.finished;
  return { codes: await Promise.all(codes), printed, failures: failures.map((failure) => failure.message) };
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

function firstBlock(page: string, language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';
}

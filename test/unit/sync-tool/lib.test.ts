// @module-tag slow: left out of npm run test:quick
/** One tool with the sync library: what it says and does for what it is told. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  directory,
  environmentOfTools,
  isInstalled,
  makeLibrary,
  names,
  prefix,
  shells,
  tool,
} from './library.ts';

beforeAll(makeLibrary);

const introduction = [
  `${prefix} HELLO`,
  ...names.map((name, position) => `${prefix} NODE ${name}${position === 1 ? ' CURRENT' : ''}`),
  `${prefix} START`,
];
const watch = `${prefix} WATCH`;

describe.each(shells)('the sync library in %s', (shell, ...shellArguments) => {
  /** One tool, told these lines and then nothing more: all that it may read is there at once. */
  const alone = (body: string, lines: readonly string[] = [], environment: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(shell, [...shellArguments, '-c', tool(body)], {
      cwd: directory,
      input: lines.map((line) => `${line}\n`).join(''),
      env: { ...environmentOfTools(), ...environment },
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
});

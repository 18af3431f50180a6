import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { often } from '../../often.ts';
import { ends, makeNode, play, says } from './fixtures.ts';

const web1 = makeNode('web1');
const web2 = makeNode('web2');
const nodes = [web1, web2];

describe('text output', () => {
  test('puts the host before each line, on the stream it came from, and adds a missing newline', async () => {
    const events = [
      says(web1, 'one\ntwo\n'),
      says(web2, 'oops\n', 'stderr'),
      says(web2, 'part'),
      ends(web1),
      ends(web2),
    ];
    expect(await play(events, { nodes })).toEqual({
      stdout: 'web1 one\nweb1 two\nweb2 part\n',
      stderr: 'web2 oops\n',
    });
  });

  test('never mixes the lines of two nodes, however their bytes arrive', async () => {
    const { stdout } = await play(
      [says(web1, 'a'), says(web2, 'x'), says(web1, 'b\nc'), says(web2, 'y\n'), ends(web1), ends(web2)],
      { nodes },
    );
    expect(stdout).toBe('web1 ab\nweb2 xy\nweb1 c\n');
  });

  test('ends the line where a command of jobs has ended without a newline, also behind another node', async () => {
    const last = (node: typeof web1, text: string): RunEvent => {
      return { ...(says(node, text) as Extract<RunEvent, { type: 'output' }>), endsLine: true };
    };
    const events = [
      says(web1, 'one\n'),
      last(web2, 'no end'),
      says(web2, 'next\n'),
      last(web1, 'end'),
      says(web1, 'more\n'),
      ends(web1),
      ends(web2),
    ];
    expect((await play(events, { nodes, serial: true })).stdout).toBe(
      'web1 one\nweb1 end\nweb1 more\nweb2 no end\nweb2 next\n',
    );
    const { stdout } = await play(events, { nodes, json: true });
    const bodies = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).body);
    expect(bodies).toEqual(['one\n', 'no end', 'next\n', 'end', 'more\n']);
  });

  test('names port and user only where nodes share a host', async () => {
    const many = [
      web1,
      makeNode('db', 22),
      makeNode('db', 2222),
      makeNode('v', 22, 'ann'),
      makeNode('v', 22, 'bob'),
    ];
    const { stdout } = await play(
      many.map((node) => says(node, 'x\n')),
      { nodes: [...many, makeNode('::1')] },
    );
    expect(stdout).toBe('web1 x\ndb:22 x\ndb:2222 x\nann@v:22 x\nbob@v:22 x\n');
    expect((await play([says(makeNode('::1'), 'x\n')], { nodes: [makeNode('::1')] })).stdout).toBe(
      '[::1] x\n',
    );
  });

  test('of what the receiver of an upload says on a node shows the first lines, and the number of the others', async () => {
    const say = (node: typeof web1, text: string): RunEvent => ({
      ...(says(node, text, 'stderr') as Extract<RunEvent, { type: 'output' }>),
      from: 'tar',
    });
    const lines = Array.from({ length: 200 }, (_, at) => `tar: file ${at}: No space left on device\n`);
    const text = lines.join('');
    const all = `${text}tar: the end`;
    const events = [
      // However the bytes arrive.
      say(web1, all.slice(0, 450)),
      say(web1, all.slice(450, 470)),
      say(web1, all.slice(470)),
      say(web2, 'one line\n'),
      ends(web1),
      says(web1, text, 'stderr'),
      ends(web2),
    ];
    const { stderr } = await play(events, { nodes });
    const told = stderr.split('\n').filter((line) => line.includes('{tar}'));
    expect(told).toEqual([
      ...lines.slice(0, 10).map((line) => `web1 {tar} ${line.trimEnd()}`),
      'web2 {tar} one line',
      'web1 {tar} and 191 more lines (-v shows them)',
    ]);
    // What the command says is its own affair.
    expect(stderr.match(/^web1 tar:/gm)).toHaveLength(200);
    expect((await play(events, { nodes, verbose: 1 })).stderr.match(/\{tar\} tar: file/g)).toHaveLength(200);
    const late = [say(web2, text), { type: 'finished', outcomes: [], exitCode: 0 } as const];
    expect((await play(late, { nodes })).stderr).toContain('web2 {tar} and 190 more lines (-v shows them)\n');
  });

  test('leaves bytes as they are where stdout is no terminal', async () => {
    const bytes = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x0d, 0x00, 0x0a, 0xc3]);
    const { stdout } = await play([says(web1, bytes), ends(web1)], { nodes: [], quiet: true });
    expect(stdout).toBe(bytes.toString());
    const prefixed = await play([says(web1, '\x1b[2J\r\n'), ends(web1)], { nodes });
    expect(prefixed.stdout).toBe('web1 \x1b[2J\r\n');
  });

  test('S9: on a terminal neither a carriage return nor a cursor move can forge a prefix', async () => {
    const attack = 'x\rweb2 all well\x1b[1G\n\x1b]0;t\x07web2 fake\r\n';
    const { stdout } = await play([says(web1, attack)], { nodes }, { isTTY: true });
    expect(stdout).toBe('web1 x^Mweb2 all well^[[1G\nweb1 ^[]0;t^Gweb2 fake\n');
  });

  test('S11: a line over 64 KiB is split there, each part with its prefix', async () => {
    const { stdout } = await play([says(web1, 'y'.repeat(65_536)), says(web1, 'z\n')], { nodes });
    expect(stdout).toBe(`web1 ${'y'.repeat(65_536)}\nweb1 z\n`);
  });

  test('marks what the receiver of an upload says', async () => {
    const event: RunEvent = {
      type: 'output',
      node: web1,
      stream: 'stderr',
      chunk: Buffer.from('tar: x\n'),
      from: 'tar',
    };
    expect((await play([event], { nodes })).stderr).toBe('web1 {tar} tar: x\n');
    expect((await play([event], { nodes, verbose: 1 })).stderr).toBe(
      '2026-11-21 09:12:40 [DEBUG] {cmd} <stderr> [root@web1:22] {tar} tar: x\n',
    );
  });
});

describe('verbose output', () => {
  test('S10: gives one debug record for each line, on stderr', async () => {
    const { stdout, stderr } = await play(
      [says(web1, 'one\rtwo\nthree\n'), says(web1, 'x', 'stderr'), ends(web1)],
      {
        nodes,
        verbose: 1,
      },
    );
    expect(stdout).toBe('');
    expect(stderr).toBe(
      [
        '2026-11-21 09:12:40 [DEBUG] {cmd} <stdout> [root@web1:22] one^Mtwo',
        '2026-11-21 09:12:40 [DEBUG] {cmd} <stdout> [root@web1:22] three',
        '2026-11-21 09:12:40 [DEBUG] {cmd} <stderr> [root@web1:22] x\n',
      ].join('\n'),
    );
  });
});

describe('JSON output', () => {
  test('is one object a line, with the keys that scripts know, in their order', async () => {
    const { stdout, stderr } = await play(
      [says(web1, '1\n2\npart'), says(web1, 'e\n', 'stderr'), ends(web1)],
      {
        nodes,
        json: true,
        verbose: 1,
      },
    );
    const tail = (stream: string) => `"host":"web1","node":"[root@web1:22]","stream":"${stream}"}\n`;
    expect(stdout).toBe(
      ['1\\n', '2\\n', 'part'].map((body) => `{"body":"${body}",${tail('stdout')}`).join(''),
    );
    expect(stderr).toBe(`{"body":"e\\n",${tail('stderr')}`);
  });

  test('S10: every line parses, and the bodies together are what the node wrote, however it was cut', async () => {
    const input = fc.array(
      fc.constantFrom('ü', '😀', '\n', '\r\n', '"', '\\', '\x1b[2J', '\u2028', '\u009b', 'abc'),
      {
        maxLength: 40,
      },
    );
    await fc.assert(
      fc.asyncProperty(input, fc.array(fc.nat(100), { maxLength: 8 }), async (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = places.map((start, index) => bytes.subarray(start, places[index + 1] ?? bytes.length));
        const { stdout } = await play([...chunks.map((chunk) => says(web1, chunk)), ends(web1)], {
          json: true,
        });
        const objects = stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line));
        expect(objects.map(({ body }) => body).join('')).toBe(bytes.toString());
        for (const { body } of objects) expect(body.slice(0, -1)).not.toContain('\n');
        expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028]/u);
      }),
      { numRuns: often(60) },
    );
  });

  test('gives log records with no host, and one record for how each node ended', async () => {
    const { stderr } = await play(
      [
        { type: 'log', level: 'info', message: 'hello' },
        {
          type: 'finished',
          exitCode: 0,
          outcomes: [
            { node: web1, outcome: { kind: 'ok' } },
            { node: web2, outcome: { kind: 'exit', code: 3 } },
          ],
        },
      ],
      { nodes, json: true, color: 'always' },
    );
    expect(stderr).toBe(
      [
        '{"body":"2026-11-21 09:12:40  [INFO] hello\\n","host":null,"node":null,"stream":"stderr"}',
        '{"body":"","host":"web1","node":"[root@web1:22]","stream":"status","outcome":"ok"}',
        '{"body":"","host":"web2","node":"[root@web2:22]","stream":"status","outcome":"exit","code":3}\n',
      ].join('\n'),
    );
  });
});

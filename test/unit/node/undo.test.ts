// @module-tag slow: left out of npm run test:quick
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT, RECOVER_TEXT } from '../../../src/node/texts.ts';
import { often } from '../../often.ts';
import { type Ended, RelocationNode, RUN, stageOf, TOOLS } from './relocation-node.ts';
import { listing, prepareMends, prepareSmall, toComparable } from './relocation-trees.ts';
import { put } from './relocations.ts';
import { SHELLS } from './shells.ts';

/** Whose steps are counted: those of the plan, whatever carries it out, or the text's own. */
const WHOSE = ['the plan', 'the text'] as const;

/** A run of the tests tries every third step of a plan, another third when the sources change; `npm run proofs` tries all. */
const STRIDE = { 'the plan': often(3, 1), 'the text': 1 };
const firstOf = (whose: (typeof WHOSE)[number]) =>
  Math.abs(fc.readConfigureGlobal().seed ?? 0) % STRIDE[whose];

/** Does some work whose text, behind the given one, kills its whole process group right behind the nth step. */
function killedAfter(
  { stage, whose, step }: { stage: string; whose: (typeof WHOSE)[number]; step: number },
  work: (killPoints: string) => Ended,
): Ended {
  const executors = ['executor.pl', 'executor.py', 'executor.sh'].map((name) => join(stage, name));
  const programs = executors.map((executor) => readFileSync(executor, 'utf8'));
  for (const [at, program] of programs.entries()) {
    const killed = program
      .replace('my %done', `my $left = ${step};\nmy %done`)
      .replace('sub must {', 'sub must { kill(9, -getpgrp()) unless $left--;')
      .replace('try: return call(*words, **named)', 'try: return step(call(*words, **named))')
      .replace(
        'problem = [b""]\n',
        `problem = [b""]\nsteps = []\ndef step(result):\n steps.append(1)\n if len(steps) > ${step}: os.killpg(0, 9)\n return result\n`,
      );
    if (whose === 'the plan' && killed !== program) writeFileSync(executors[at] ?? '', killed);
  }
  // Steps are counted in a file, since a shell takes many of them in shells below it.
  const counter = join(stage, '../../steps');
  writeFileSync(counter, '');
  const ended = work(killPoints(whose, step, counter));
  for (const [at, program] of programs.entries()) {
    if (existsSync(executors[at] ?? '')) writeFileSync(executors[at] ?? '', program);
  }
  return ended;
}

function killPoints(whose: (typeof WHOSE)[number], step: number, counter: string): string {
  return `
direction=
kill_point() {
  case $direction in ?*) set -- 'the plan' ;; *) set -- 'the text' ;; esac
  [ "$1" = '${whose}' ] || return 0
  echo >>'${counter}'
  steps=0
  while read -r _; do steps=$((steps + 1)); done <'${counter}'
  if [ "$steps" -gt ${step} ]; then kill -9 0; fi
}
one_by_one() {
  program=$1
  until [ "$1" = -- ]; do shift; done
  shift
  for last; do :; done
  while [ "$#" -gt 1 ]; do
    command "$program" -- "$1" "$last" || return
    kill_point
    shift
  done
}
mv() { one_by_one mv "$@"; }
ln() { one_by_one ln "$@"; }
rm() {
  until [ "$1" = -- ]; do shift; done
  shift
  for operand; do command rm -rf -- "$operand" && kill_point; done
}
chmod() { command chmod "$@" && kill_point; }
touch() { command touch "$@" && kill_point; }
printf() { command printf "$@" && kill_point; }
`;
}

/** Once for each program that carries plans out, in turn under each shell. */
const NODES = TOOLS.map((tools, index) => {
  const [shell, words] = SHELLS[index % SHELLS.length] ?? SHELLS[0];
  return tools === 'busybox' ? { tools, shell: 'busybox', words: SHELLS[2][1] } : { tools, shell, words };
});

describe.each(NODES)('undo on a node with $tools under $shell', ({ tools, words }) => {
  const comparable = (node: RelocationNode) => listing(node.destination).map(toComparable(tools));

  it.each(WHOSE)(
    'F14: brings all back from whatever step of %s the switch was killed at',
    (whose) => {
      let steps = firstOf(whose);
      const states = new Set<string | undefined>();
      for (let isDone = false; !isDone; steps += STRIDE[whose]) {
        const node = new RelocationNode(words, tools);
        const receive = readyOf(node);
        const before = comparable(node);
        const stage = stageOf(receive());
        const where = { stage, whose, step: steps };
        isDone = killedAfter(where, (points) => node.commit(stage, points + COMMIT_TEXT)).code === 0;
        if (isDone) continue;
        expect(node.recover().code, `after step ${steps}`).toBe(0);
        const state = node.record()?.state;
        states.add(state);
        if (state === 'old') expect(comparable(node), `after step ${steps}`).toEqual(before);
        else expect(readFileSync(join(node.destination, 'app/new/e'), 'utf8')).toBe('new app/new/e');
      }
      expect(states).toEqual(new Set(whose === 'the plan' ? ['old'] : ['old', 'new']));
      expect(steps).toBeGreaterThan(whose === 'the plan' ? 8 : 4);
    },
    120_000,
  );

  it.each(WHOSE)(
    'F14: may itself be killed at any step of %s and run again',
    (whose) => {
      let steps = firstOf(whose);
      for (let isDone = false; !isDone; steps += STRIDE[whose]) {
        const node = new RelocationNode(words, tools);
        const receive = readyOf(node);
        const before = comparable(node);
        const stage = stageOf(receive());
        node.commit(stage, COMMIT_TEXT.replace('set_state new', 'kill -9 0'));
        expect(node.record()?.state).toBe('begun');
        const where = { stage, whose, step: steps };
        isDone = killedAfter(where, (points) => node.recover(points + RECOVER_TEXT)).code === 0;
        node.recover();
        expect(node.record()?.state).toBe('old');
        const after = comparable(node).filter((line) => !line.includes('.lockstep'));
        // Killed while it removes the stage, it leaves a trace in the time of the directory above.
        const first = whose === 'the text' ? 1 : 0;
        expect(after.slice(first), `after step ${steps}`).toEqual(before.slice(first));
      }
      expect(steps).toBeGreaterThan(whose === 'the plan' ? 4 : 3);
    },
    120_000,
  );

  it('F14: finds nothing to undo in a record that was cut short, and takes the stage away', () => {
    const node = new RelocationNode(words, tools);
    const archive = node.archive(prepareSmall(node));
    const whole = recordOf(node, stageOf(node.receive(archive)));
    const lines = whole.split('\n').slice(0, -1);
    expect(lines.at(-1)).toMatch(/^lock /);
    for (let count = 0; count < lines.length; count++) {
      const before = comparable(node);
      const stage = stageOf(node.receive(archive));
      writeFileSync(
        join(node.records, RUN),
        lines
          .slice(0, count)
          .map((line) => `${line}\n`)
          .join(''),
      );
      expect(node.recover().code).toBe(0);
      expect(existsSync(stage)).toBe(count < 2);
      if (existsSync(stage)) rmSync(stage, { recursive: true });
      else expect(comparable(node)).toEqual(before);
    }
  });

  it.each(['executor', 'plan'])(
    'F14: keeps the stage, and promises nothing, where its %s is not whole',
    (name) => {
      const node = new RelocationNode(words, tools);
      const stage = stageOf(node.receive(node.archive(prepareSmall(node))));
      node.commit(stage, COMMIT_TEXT.replace('set_state new', 'kill -9 0'));
      if (name === 'plan') rmSync(join(stage, name));
      else writeFileSync(join(stage, name), '');
      expect(node.recover().code).toBe(1);
      expect(node.record()?.state).toBe('unknown');
      expect(existsSync(`${stage}-kept/executor`)).toBe(true);
    },
  );
});

/** Files that are replaced, new ones, and some that shall be there no longer, or are mended where they lie. */
function readyOf(node: RelocationNode): () => Ended {
  const roots = prepareSmall(node);
  put(node.destination, 'app/gone/x');
  const mends = prepareMends(node);
  const archive = node.archive(roots, { mends });
  return () => node.receive(archive, { removes: ['app/a too', 'app/gone'], mended: mends.length });
}

/** What is written down before a stage is made. */
function recordOf(node: RelocationNode, stage: string): string {
  rmSync(stage, { recursive: true });
  return readFileSync(join(node.records, RUN), 'utf8');
}

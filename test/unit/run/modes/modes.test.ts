import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { HeldRun } from '../../../../src/run/held-run.ts';
import { MODES, modeOf } from '../../../../src/run/modes/modes.ts';
import type { Mode } from '../../../../src/run/request/request.ts';
import type { Collection } from '../../../../src/transfer/entry.ts';
import { testSurroundings } from '../../../surroundings.ts';
import { asked } from '../../cli/asked.ts';
import { nodeAt, requestFor, WORKS } from '../fixtures.ts';

/** A line of each mode that is right as it stands, in two halves: an option goes between. */
const LINES: Readonly<Record<Mode, readonly string[]>> = {
  command: ['-C', 'uptime'],
  upload: ['-U', 'a'],
  sync: ['-S', 'a'],
  download: ['--download', '/var/log'],
  rollback: ['--rollback', '-r/a'],
  releases: ['--releases', '-r/a'],
  lock: ['-L'],
  'lock-status': ['--lock-status'],
  'lock-break': ['--lock-break', 'run'],
  list: ['--list'],
};
const NAMES = Object.keys(MODES) as Mode[];

/** Whether an option goes with a mode: `yes`, or the sentence that it is refused with. */
async function goes(mode: Mode, ...option: string[]): Promise<string> {
  return asked(['-o', 'web1', ...option, ...LINES[mode]]).then(
    () => 'yes',
    (error: LockstepError) => {
      if (error.code !== 'usage') throw error;
      return error.message;
    },
  );
}

describe('a mode is a record', () => {
  test.each(NAMES)('%s has the name of its row, and its option stands on the line', async (name) => {
    const request = await asked(['-o', 'web1', ...LINES[name]]);
    expect(request.work.mode).toBe(name);
    expect(modeOf(request.work).name).toBe(name);
    expect(LINES[name][0]).toBe(MODES[name].option);
  });

  test('what each takes, locks and changes', () => {
    const rows = NAMES.map((name) => {
      const { option, takes, locks, changesFiles, runsCommands } = MODES[name];
      return [option, takes, locks, changesFiles, runsCommands];
    });
    expect(rows).toEqual([
      ['-C', 'command', 'may-share', false, true],
      ['-U', 'files', 'exclusive', true, 'check'],
      ['-S', 'files', 'exclusive', true, true],
      ['--download', 'paths', 'may-share', false, false],
      ['--rollback', 'nothing', 'exclusive', false, false],
      ['--releases', 'nothing', 'may-share', false, false],
      ['-L', 'program', 'may-share', false, false],
      ['--lock-status', 'nothing', 'nothing', false, false],
      ['--lock-break', 'nothing', 'nothing', false, false],
      ['--list', 'nothing', 'nothing', false, false],
    ]);
  });

  test('what changes files is never among readers, and what only looks changes none', () => {
    for (const mode of Object.values(MODES)) {
      if (mode.changesFiles) expect(mode.locks).toBe('exclusive');
      const does = ['work', 'inquire', 'tellHere'].filter((name) => name in mode);
      expect(does).toEqual([
        mode.locks !== 'nothing' ? 'work' : mode.name === 'list' ? 'tellHere' : 'inquire',
      ]);
      if (mode.locks === 'nothing') expect(mode.changesFiles).toBe(false);
    }
  });
});

describe('which options go with a mode follows from its record', () => {
  test.each(NAMES)('%s: --lock-shared goes with a lock that may be shared', async (name) => {
    expect((await goes(name, '--lock-shared')) === 'yes').toBe(MODES[name].locks === 'may-share');
  });

  test.each(NAMES)('%s: --fold and --outdir go with what has output', async (name) => {
    expect((await goes(name, '--fold')) === 'yes').toBe(MODES[name].runsCommands === true);
    expect((await goes(name, '--outdir', 'out')) === 'yes').toBe(MODES[name].runsCommands === true);
  });

  test.each(NAMES)('%s: --failed-to goes with work that a node could fail', async (name) => {
    const isWork = ['command', 'files', 'paths'].includes(MODES[name].takes);
    expect((await goes(name, '--failed-to', 'failed')) === 'yes').toBe(isWork);
  });

  test.each(NAMES)('%s: -t, --lock-wait and --lock-reason go with a lock that is taken', async (name) => {
    const takesLock = MODES[name].locks !== 'nothing';
    for (const option of [['-t'], ['--lock-wait'], ['--lock-reason', 'why']]) {
      expect([option, (await goes(name, ...option)) === 'yes']).toEqual([option, takesLock]);
    }
  });

  test.each(NAMES)('%s: -y goes with work, and there is none without a lock in -L', async (name) => {
    expect((await goes(name, '-y')) === 'yes').toBe(MODES[name].locks !== 'nothing' && name !== 'lock');
  });

  test.each(NAMES)('%s: --timeout and --fail-fast go with a plain command', async (name) => {
    for (const option of [['--timeout', '5'], ['--fail-fast']]) {
      expect([option, (await goes(name, ...option)) === 'yes']).toEqual([option, name === 'command']);
    }
  });

  test.each(NAMES)('%s: --yes answers the one mode that asks', async (name) => {
    expect((await goes(name, '--yes')) === 'yes').toBe(name === 'lock-break');
  });

  test('the output of a check is folded, and its time is bounded', async () => {
    for (const option of [['--timeout', '5'], ['--fail-fast'], ['--fold'], ['--outdir', 'out']])
      expect(await goes('upload', '--check-cmd', 'true', ...option)).toBe('yes');
    expect(await goes('upload', '--check-cmd', ' ')).toBe('--check-cmd needs a command');
    expect(await goes('sync', '--check-cmd', 'true')).toBe('--check-cmd goes with -U only');
  });

  test('a refusal names the modes that it goes with, and no other', async () => {
    expect(await goes('upload', '--lock-shared')).toBe(
      '--lock-shared goes with -C, --download, --releases and -L only',
    );
    expect(await goes('upload', '--fold')).toBe(
      '--fold and --outdir go with -C and -S, or with -U --check-cmd',
    );
    expect(await goes('lock', '--failed-to', 'x')).toBe('--failed-to goes with -C, -U, -S and --download');
  });

  test.each(NAMES)('%s: directories of a new destination are made by what changes files', async (name) => {
    const { lock } = await asked(['-o', 'web1', ...LINES[name]]);
    expect(lock.makes).toBe(MODES[name].changesFiles ? 'directory' : 'none');
  });
});

describe('what can be seen to be wrong before anything is looked up', () => {
  const here = (given: object) => testSurroundings(undefined, { hear() {}, ...given });
  const ready = (work: object, given: object) => () => {
    const { work: parsed } = requestFor({ work });
    modeOf(parsed).ready?.(parsed, here(given));
  };
  const ask = { secret: async () => '', confirm: async () => true };

  test('--lock-break asks, and so needs somebody to ask, or --yes', () => {
    expect(ready(WORKS['lock-break'], {})).toThrow('there is no terminal to ask on');
    expect(ready(WORKS['lock-break'], { ask })).not.toThrow();
    expect(ready({ ...WORKS['lock-break'], isConfirmed: true }, {})).not.toThrow();
  });

  test.each<[what: string, program: string[], PATH: string | undefined, code: string]>([
    ['no program: it is held until somebody ends it', [], '/nowhere', 'none'],
    ['one that is found in PATH', ['sh'], '/nowhere:/bin', 'none'],
    ['one that is not', ['no-such-program'], '/bin:/usr/bin', 'program-missing'],
    ['one by its path', ['/bin/sh'], undefined, 'none'],
    ['a path that is not there', ['/no/such'], '/bin', 'program-missing'],
    ['a path below a file', ['/etc/passwd/x'], '/bin', 'program-missing'],
    ['a file that is no program', ['/etc/passwd'], '/bin', 'program-denied'],
    ['a directory', ['/etc'], '/bin', 'program-denied'],
    ['without PATH the system has its own', ['whatever'], undefined, 'none'],
  ])('-L: %s', (_what, program, PATH, code) => {
    let thrown: unknown;
    try {
      ready({ mode: 'lock', program }, { environment: { PATH } })();
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof LockstepError ? thrown.code : 'none').toBe(code);
  });

  test('a name of control characters is told in one line', () => {
    const start = ready(
      { mode: 'lock', program: ['/no/such\n\u001b[2Jx'] },
      { environment: { PATH: '/bin' } },
    );
    expect(start).toThrow("cannot start '/no/such [2Jx': no such program");
  });

  test('all other modes have nothing to look at', () => {
    for (const name of ['command', 'upload', 'sync', 'lock-status'] as const) {
      expect(MODES[name].ready).toBeUndefined();
    }
  });
});

describe('what a mode looks at when its nodes are known, and nothing is connected', () => {
  test('--download: the directory of --into', async () => {
    const { work } = requestFor({ work: { ...WORKS.download, into: '/etc/passwd' } });
    const wrong = { code: 'usage', message: "can't write to '/etc/passwd': not a directory" };
    await expect(modeOf(work).prepare?.(work, [nodeAt('a')], undefined)).rejects.toMatchObject(wrong);
  });

  test('-S: whether a look can be answered', async () => {
    const { work } = requestFor({ work: { ...WORKS.sync, command: 'ls', look: 'dry-run' } });
    const files = { isAbsolute: false } as Collection;
    await expect(modeOf(work).prepare?.(work, [], files)).rejects.toMatchObject({ code: 'usage' });
    const { work: noLook } = requestFor({ work: { ...WORKS.sync, command: 'ls' } });
    await modeOf(noLook).prepare?.(noLook, [], files);
  });

  test('all other modes have nothing to look at', () => {
    const looking = ['download', 'sync'];
    for (const name of NAMES) expect(MODES[name].prepare !== undefined).toBe(looking.includes(name));
  });
});

test('an upload that has lost its files is a bug, and touches no node', async () => {
  const { work } = requestFor({ work: WORKS.upload });
  const mode = modeOf(work);
  if (mode.locks === 'nothing') throw new Error('an upload locks');
  await expect(mode.work({ collection: undefined } as HeldRun, work)).rejects.toMatchObject({ code: 'bug' });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { LogLevel } from '../../../../src/core/events.ts';
import { type BarFields, createBarLook } from '../../../../src/output/look/bar-look.ts';
import { checkLooks } from '../../../../src/output/look/check-looks.ts';
import { createLogLook } from '../../../../src/output/look/log-look.ts';
import { BAR_THEMES, LOG_THEMES } from '../../../../src/output/look/themes.ts';
import { often } from '../../../often.ts';
import { hear, makeBench, play } from '../fixtures.ts';

const fields: BarFields = {
  Phase: 'lock',
  Success: 7,
  Total: 12,
  Fails: 0,
  Written: '',
  Bytes: '',
  Rate: '',
  Percent: '',
  Left: '',
  Note: '',
  Nodes: 12,
  Bar: '██░░',
  Elapsed: '3s',
};
const bar = (format: string, more: Partial<BarFields> = {}, hasColour = false) =>
  createBarLook(format, hasColour)({ ...fields, ...more });
const time = new Date(2026, 10, 1, 15, 4, 5, 60);
const log = (format: string, level: LogLevel = 'warn', hasColour = false) => {
  const { before, after } = createLogLook(format, hasColour)(level, time);
  return `${before}m${after}`;
};

const ESC = '\x1b';
const SEQUENCE = new RegExp(`${ESC}\\[?[^a-z]*[a-z]`, 'gi');
const COLOUR = new RegExp(`^${ESC}\\[[\\d;]+m$`);

/** orgalorg's own default, to the letter. */
const ORGALORG =
  '{bg 234}{fg 255}{bold}{if eq .Phase "lock"}{bg 22}  LOCK{end}{if eq .Phase "connect"}{bg 22}  CONNECT{end}' +
  '{if eq .Phase "exec"}{bg 1}  EXEC{end}{if eq .Phase "wait"}{bg 1}  WAIT{end}{if eq .Phase "upload"}{bg 19}  UPLOAD{end}' +
  '{nobold} {from "\ue0b0" 245} {fg 85}{bold}{printf "%4d" .Success}{nobold}{fg 255}/{printf "%4d" .Total} ' +
  '{if .Fails}{fg 160}✗ {.Fails}{end} {from "\ue0b0" -1}{if eq .Phase "upload"}{fg 140} {printf "%9s/%s" .Written .Bytes} {end}';

describe('a --bar-format', () => {
  test('of orgalorg looks as it does there', () => {
    expect(bar(ORGALORG)).toBe('  LOCK \ue0b0    7/  12  \ue0b0');
    expect(bar(ORGALORG, { Phase: 'upload', Fails: 2, Written: '1.00KiB', Bytes: '2.00KiB' })).toBe(
      '  UPLOAD \ue0b0    7/  12 ✗ 2 \ue0b0   1.00KiB/2.00KiB ',
    );
    expect(bar(ORGALORG, {}, true)).toContain(
      '48;5;22m  LOCK\x1b[22m \x1b[38;5;22;48;5;245m\ue0b0\x1b[38;5;255m ',
    );
  });

  test.each([
    ['{.Success | printf "%-4d"}|', '7   |'],
    ['{printf "%03d" (len .Phase)}', '004'],
    ['{if and .Fails (gt .Total 3)}a{else if not .Fails}b{else}c{end}', 'b'],
    ['{if or (eq .Phase "x" "lock") .Fails}yes{end}', 'yes'],
    ['a {- /* said twice */ -}  b{/* {no} */}', 'ab'],
    ['a  {- .Phase -}  b', 'alockb'],
    ['{"{"}{`}"`}{"\\"\\u00e9\\t"}!', '{}""é !'],
    ['{if true}{if false}x{else}y{end}{end}{printf "%%%v" .Nodes}', 'y%12'],
    ['{to 16 ">"}{reverse}{noreverse}{underline}{nounderline}{reset}', '>'],
    ['{if ne .Phase "lock"}a{end}{if le .Total 12}b{end}{if lt 1 .Nodes}c{end}{if ge 1 2}d{end}', 'bc'],
  ])('is read as Go reads it: %s', (format, text) => {
    expect(bar(format)).toBe(text);
  });

  test.each([
    ['{.Foo}', /\.Foo is no field: there are \.Phase/],
    ['{if .Fails}x', /'\{if \.Fails\}' has no \{end\}/],
    ['x{end}', /'\{end\}' has no \{if\}/],
    ['{else}', /has no \{if\}/],
    ['{range .Nodes}{end}', /\{range\} is not supported/],
    ['{$x := 1}', /'\$x' is not supported/],
    ['{.Phase.Name}', /not supported/],
    ['{blink}', /blink is no function: there are .*bold/],
    ['{fg "red"}', /\{fg\} takes a number, where a text is given/],
    ['{fg 256}', /a colour is a number from 0 to 255, or -1, not 256/],
    ['{fg .Fails}', /a colour is a number/],
    ['{bold 1}', /\{bold\} takes 0 arguments, not 1/],
    ['{from "x"}', /\{from\} takes 2 arguments, not 1/],
    ['{printf "%d" .Phase}', /%d of printf takes a number/],
    ['{printf "%x" 1}', /%x of printf is not supported/],
    ['{printf "%s"}', /1 places for 0 values/],
    ['{eq .Phase 1}', /text and number cannot be compared/],
    ['{if false}{.Foo}{end}', /\.Foo is no field/],
    ['{.Phase', /'\{\.Phase' has no end/],
    ['{', /has no end/],
    ['{}', /a value is missing/],
    ['{"\u001b[2J"}', /control character/],
    ['{"\\u001b[2J"}', /control character/],
    ['\x1b[31m{.Phase}', /control character; colours are set with/],
    ['a\nb', /control character/],
    ['x'.repeat(5000), /longer than 4096/],
  ])('is refused before anything is connected, and told which part: %j', (format, message) => {
    const check = () => checkLooks({ barFormat: format, logFormat: 'default' });
    expect(check).toThrow(LockstepError);
    expect(check).toThrow(/^can't use the --bar-format: /);
    expect(check).toThrow(message);
  });

  test('never throws when it is drawn, once it was accepted, and sets nothing but colours', () => {
    const part = fc.constantFrom(
      ...[
        '{',
        '}',
        '{if .Fails}',
        '{else}',
        '{end}',
        '{.Phase}',
        '{fg 3}',
        '{bold}',
        'x',
        '"',
        '{- ',
        ' -}',
        '|',
        '(',
        ')',
      ],
      ...[
        'printf',
        '"%4d"',
        '.Success',
        '{from "a" 3}',
        '{/* ',
        ' */}',
        '{eq .Phase "lock"}',
        '{not .Fails}',
        '\\',
        '`',
      ],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, hasColour) => {
        let look: ReturnType<typeof createBarLook>;
        try {
          look = createBarLook(parts.join(''), hasColour);
        } catch (error) {
          expect(error).toBeInstanceOf(LockstepError);
          return;
        }
        const codes = look({ ...fields, Fails: 1 }).match(SEQUENCE) ?? [];
        expect(codes.every((code) => hasColour && COLOUR.test(code))).toBe(true);
      }),
      { numRuns: often(500) },
    );
  });
});

describe('a --log-format', () => {
  test.each([
    ['${time} ${level:[%s]:right:true} %s', '2026-11-01 15:04:05  [WARN] m'],
    ['${time:15:04:05.000 Jan _2 Mon} ${level} %s', '15:04:05.060 Nov  1 Sun WARNING m'],
    ['${time:3:04PM Monday 2 January 06} %s', '3:04PM Sunday 1 November 26 m'],
    ['${level:%s\\::left:short}| ${prefix}100%% %s {"{"}', 'WARN: | 100% m {'],
    ['${time:timestamp} %s', `${Math.floor(time.getTime() / 1000)} m`],
  ])('is filled in as in orgalorg: %s', (format, text) => {
    expect(log(format)).toBe(text);
  });

  test('colours by level, and gives back what was stored', () => {
    const format = '{fg 3}{store}{onwarning "{bold}{bg 5}"}${level}{reset}{restore} %s{onlevel "error" "!"}';
    expect(log(format, 'warn', true)).toBe('\x1b[38;5;3;1;48;5;5mWARNING\x1b[0;0;38;5;3m m\x1b[0m');
    expect(log(format, 'error', false)).toBe('ERROR m!');
  });

  test.each([
    ['${time}', /one %s/],
    ['%s %s', /one %s/],
    ['', /one %s/],
    ['%s ${line}', /\$\{line\} is not supported: there are \$\{time\} and \$\{level\}/],
    ['%d %s', /%d is not supported/],
    ['{onerror "{fg x}"}%s', /x is no function/],
    ['{onerror .Level}%s', /no field/],
    ['${level:\x1b[2J%s} %s', /control character/],
    ['%s\n', /control character/],
  ])('is refused, and told which part: %j', (format, message) => {
    const check = () => checkLooks({ barFormat: 'default', logFormat: format });
    expect(check).toThrow(/^can't use the --log-format: /);
    expect(check).toThrow(message);
  });

  test('is that of every record, of lines of nodes with -v too; further lines stand below the message', async () => {
    const { stderr } = await play([{ type: 'log', level: 'error', message: 'one\ntwo' }], {
      logFormat: '${level}: %s',
    });
    expect(stderr).toBe('ERROR: one\n       two\n');
  });
});

describe('the themes', () => {
  /** Of 256 colours: the cube and the greys; the first 16 are the terminal's own, and used by none. */
  const luminance = (colour: number) => {
    const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
    const cube = colour - 16;
    const grey = 8 + 10 * (colour - 232);
    const rgb =
      colour >= 232
        ? [grey, grey, grey]
        : [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
    const [red = 0, green = 0, blue = 0] = rgb.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: number, other: number) =>
    (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);

  test.each([
    ['dark', 234],
    ['light', 255],
  ] as const)('%s can be read on its background, by the rule of 4.5 to 1', (name, background) => {
    const styles = Object.values(LOG_THEMES[name]).flatMap(({ line = '', level = '' }) => [line, level]);
    const looks = [...styles, ...BAR_THEMES[name].split(/(?=\{fg)/)].filter((style) => style.includes('{fg'));
    expect(looks.length).toBeGreaterThanOrEqual(12);
    for (const style of looks) {
      const [, colour] = /\{fg (\d+)\}/.exec(style) ?? [];
      const [, own = background] = /\{bg (\d+)\}/.exec(style) ?? [];
      expect(contrast(luminance(Number(colour)), luminance(Number(own))), style).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('differ only in colour', () => {
    for (const name of ['dark', 'light']) {
      expect(bar(name, { Fails: 1 })).toBe(bar('default', { Fails: 1 }));
      expect(log(name, 'fatal')).toBe(log('default', 'fatal'));
      expect(bar(name, {}, true)).not.toBe(bar('default', {}, true));
      expect(log(name, 'fatal', true)).not.toBe(log('default', 'fatal', true));
    }
  });

  test('have no colour where none is wanted', async () => {
    const event = { type: 'log', level: 'fatal', message: 'm' } as const;
    const { stderr } = await play([event], { logFormat: 'dark', color: 'never' });
    expect(stderr).toBe('2026-11-21 09:12:40 [FATAL] m\n');
    const bench = makeBench(
      { logFormat: 'light', environment: { NO_COLOR: '1' }, color: 'auto' },
      { isTTY: true },
    );
    await hear(bench.output, event);
    await bench.output.close();
    expect(bench.stderr.utf8).toBe(stderr);
  });
});

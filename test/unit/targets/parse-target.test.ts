import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { parseTarget, parseUser } from '../../../src/targets/parse-target.ts';
import { refusedAt } from '../../../src/targets/refusal.ts';
import { asked, resolved } from './asked.ts';

const parse = (text: string, source: string) => refusedAt({ text, source }, () => parseTarget(text));

describe('parseTarget', () => {
  it.each([
    ['web1', undefined, 'web1', undefined],
    ['root@web1', 'root', 'web1', undefined],
    ['web1.example.org:2222', undefined, 'web1.example.org', 2222],
    ['deploy@10.0.0.1:22', 'deploy', '10.0.0.1', 22],
    ['[::1]:2222', undefined, '::1', 2222],
    ['[::1]', undefined, '::1', undefined],
    ['::1', undefined, '::1', undefined],
    ['me@fe80::1%eth0', 'me', 'fe80::1%eth0', undefined],
    ['fe80::a', undefined, 'fe80::a', undefined],
    ['web1:65535', undefined, 'web1', 65_535],
    ['[root@web1:22]', 'root', 'web1', 22],
    ['[root@[::1]:22]', 'root', '::1', 22],
  ])('reads %s', (text, user, host, port) => {
    expect(parse(text, '-o')).toEqual({ user, host, port });
  });

  it.each([
    ['', /host is empty/],
    ['root@', /host is empty/],
    ['@web1', /user is empty/],
    [':22', /host is empty/],
    ['web1:', /port is not a number/],
    ['web1:0', /port is not a number from 1 to 65535/],
    ['web1:65536', /port is not a number/],
    ['web1:ssh', /port is not a number/],
    ['[::1', /not closed/],
    ['[::1]22', /only :port/],
    ['[web1]', /not an IPv6 address/],
    ['a:b:c', /not an IPv6 address/],
    ['web[01-20]', /brackets are for IPv6/],
    ['a@b@c', /characters that no host name has/],
    ['a,b', /one host/],
    ['-oProxyCommand=x', /does not begin with '-'/],
    ['-l@web1', /not a login name/],
    ['web1 ', /characters that no host name has/],
    ['web1;id', /characters that no host name has/],
    ['$(id)', /characters that no host name has/],
    ['we\u0000b', /characters that no host name has/],
    ['wéb1', /characters that no host name has/],
    ['a'.repeat(254), /more than 253/],
    [`${'u'.repeat(256)}@a`, /more than 255/],
  ])('S8: refuses %j', (text, reason) => {
    const refused = expect.objectContaining({ code: 'usage', message: expect.stringMatching(reason) });
    expect(() => parse(text, './hosts:3')).toThrow(refused);
    expect(() => parse(text, './hosts:3')).toThrow(/^\.\/hosts:3: /);
  });

  it('S8: whatever passes is free of blanks, control characters, shell metacharacters and a leading -', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('web1', ':22', 'root@', '[::1]', '-', '$(x)', '\u001b[2J', '[', ']', '::1'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const text = pieces.join('');
        try {
          const { user, host, port } = parse(text, '-o');
          for (const name of user === undefined ? [host] : [user, host])
            expect(name).toMatch(/^[\w.:%+][\w.:%+-]*$/);
          if (port !== undefined) expect(port).toSatisfy((value: number) => value >= 1 && value <= 65_535);
        } catch (error) {
          expect(error).toBeInstanceOf(LockstepError);
          expect(error).toMatchObject({ code: 'usage' });
          // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the promise.
          expect((error as LockstepError).message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
    );
  });

  it('a node is found again by its id, which is stable', async () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    const user = fc.stringMatching(/^[A-Za-z0-9._][A-Za-z0-9._+-]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(user, host, fc.integer({ min: 1, max: 65_535 }), async (name, address, port) => {
        const text = `${name}@${address.includes(':') ? `[${address}]` : address}:${port}`;
        const resolve = (given: string) => resolved(asked({ hosts: [given], user: undefined }));
        const [node] = await resolve(text);
        expect(node).toMatchObject({ user: name, host: address, port, given: text });
        const [again] = await resolve(node?.id ?? '');
        expect(again).toEqual({ ...node, given: node?.id });
      }),
    );
  });
});

describe('parseUser', () => {
  it.each(['', '-l', 'a b', 'a;b', 'a\n', '$USER'])('S8: refuses %j', (user) => {
    expect(() => parseUser(user, '-u')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('what is written for a target elsewhere', () => {
  it.each([
    ['ssh://web1', '-o', 'write the host alone'],
    ['https://web1/', './hosts:1', 'write the host alone'],
    ['lists/web', '-o', '-o ./FILE'],
    ['~/hosts', '-o', '-o ./FILE'],
  ])('is met with what is meant: %s', (given, source, hint) => {
    expect(() => parse(given, source)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    );
  });
});

describe('a line of an Ansible inventory', () => {
  it.each([
    '[web]',
    '[web:children]',
    '[all:vars]',
    'web1 ansible_user=ann',
    '---',
    'all:',
    'hosts: web1',
    '- web1',
  ])('is told from a host list: %s', (line) => {
    expect(() => parse(line, './hosts:1')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--inventory FILE') }),
    );
  });

  it('is not seen in what is only wrong', () => {
    for (const [line, source] of [
      ['web1:99999', './hosts:1'],
      ['[web]', '-o'],
      ['we b', './hosts:1'],
    ] as const) {
      expect(() => parse(line, source)).toThrow(
        expect.objectContaining({ hint: expect.not.stringContaining('Ansible') }),
      );
    }
  });
});

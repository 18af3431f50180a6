import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';

describe('a habit of another tool', () => {
  it.each([
    // ssh
    ['-p 2222 -o web1 -C uptime', /-o HOST:PORT/],
    ['-p2222 -o web1 -C uptime', /-o HOST:PORT/],
    ['-o web1 -C -p 2222 uptime', /-o HOST:PORT/],
    ['-l root web1 uptime', /user is -u NAME/],
    ['-i ~/.ssh/id_ed25519 -o web1 -C uptime', /-k FILE/],
    ['-i /root/.ssh/identity -o web1 -C uptime', /-k FILE/],
    ['-o StrictHostKeyChecking=no -o web1 -C uptime', /--strict-host-key-checking/],
    ['-t 30 -o web1 -C uptime', /-c MS/],
    ['-f -o web1 -C uptime', /-d N/],
    ['-N -o web1', /-L/],
    ['-T -o web1 -C uptime', /pseudo-terminal/],
    ['web1 uptime', /lockstep -o web1 -C uptime/],
    ['ann@web1:2222 uptime', /lockstep -o ann@web1:2222 -C uptime/],
    ["web1 ls;'", /lockstep -o web1 -C COMMAND/],
    ['web1 -C uptime', /options end at the first word, 'web1'/],
    ['-o web1 uptime', /-C is missing.*-C uptime/],
    ['-o web1 ann@web2 -C uptime', /each target has a -o of its own: -o HOST -o ann@web2/],
    // pdsh and clush
    ['-w web[1-3] uptime', /targets are -o HOST/],
    ['-x web3 -o ./hosts -C uptime', /leave them out/],
    ['--fanout 32 -o web1 -C uptime', /-d N/],
    ['-b -o web1 -C uptime', /--fold/],
    // pssh
    ['-H web1 uptime', /-o HOST/],
    ['--par 5 -o web1 -C uptime', /-d N/],
    // ansible
    ['--become -o web1 -C uptime', /sudo is -x/],
    ['-K -o web1 -C uptime', /-x/],
    ['--limit web1 -C uptime', /-o HOST/],
    ['--forks=9 -o web1 -C uptime', /-d N/],
    ['--private-key ~/.ssh/id_rsa -o web1 -C uptime', /-k FILE/],
    ['--port 22 -o web1 -C uptime', /-o HOST:PORT/],
  ])('is met with the option that was looked for: %s', async (line, hint) => {
    await expect(parseArguments(line.split(' '))).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringMatching(hint),
    });
  });

  it('names nothing that a terminal would obey', async () => {
    const parsing = parseArguments(['we\x1b[2Jb', '\x1b]0;x\x07']);
    await expect(parsing).rejects.toMatchObject({ hint: expect.not.stringContaining('\x1b') });
  });

  it('is no reason to refuse what means something here', async () => {
    for (const line of [
      '-t -o web1 -C top',
      '-o web1 -i ./server.pem -C cat',
      '-o web1 -C 7z l x',
      '-xl -o w -C id',
    ]) {
      expect((await parseArguments(line.split(' '))).kind).toBe('run');
    }
  });
});

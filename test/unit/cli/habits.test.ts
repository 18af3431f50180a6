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
    ['-o StrictHostKeyChecking=no -o web1 -C uptime', /--ssh-option/],
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
    ['-x web3 -o ./hosts -C uptime', /-o '!NODE'/],
    ['--fanout 32 -o web1 -C uptime', /-d N/],
    ['-b -o web1 -C uptime', /--fold/],
    // pssh
    ['-H web1 uptime', /-o HOST/],
    ['--par 5 -o web1 -C uptime', /-d N/],
    // ansible
    ['--limit web1 -C uptime', /-o '@web&@dc=east'/],
    ['--forks=9 -o web1 -C uptime', /-d N/],
    ['--private-key ~/.ssh/id_rsa -o web1 -C uptime', /-k FILE/],
    ['--port 22 -o web1 -C uptime', /-o HOST:PORT/],
    ['--sudo-password -o web1 -C uptime', /with -K/],
    ['--connection-password-file f -o web1 -C uptime', /--password-file FILE/],
    ['--proxy-jump bastion -o web1 -C uptime', /jump hosts are -J HOST/],
    // clush and pssh
    ['-a -C whoami', /^-a takes MS, and has taken -C for it/],
    ['-o -C uptime', /^-o takes HOST, and has taken -C for it/],
    ['-k -o web1 -C uptime', /^-k takes FILE, and has taken -o for it/],
    ['-h hosts uptime', /host file is -o .\/FILE/],
    // a value that may be left out
    ['-o web1 --lock-wait 10s -C uptime', /^write --lock-wait=10s/],
    ['-o web1 --lock-wait 500ms -L', /^write --lock-wait=500ms/],
    ['-o web1 --fold diff -C uptime', /^write --fold=diff/],
    ['-o web1 -C --lock-wait 10s uptime', /--lock-wait=TIME/],
    ['-o web1 -L --lock-wait 10s', /--lock-wait=TIME/],
    // what is not there
    ['--dry-run -o web1 -C uptime', /only with files/],
    ['--check -o web1 -C uptime', /--dry-run tells .*--check=CMD/],
    ['--diff -o web1 -C uptime', /--fold=diff/],
    ['--rolling 3 -o web1 -C uptime', /--batch N/],
    ['--concurrent 3 -o web1 -C uptime', /--max-down/],
    ['--fetch f -o web1', /--into DIR --download PATH/],
    ['-D f -o web1', /--into DIR --download PATH/],
    ['--delete-after -o web1 -U f', /it is --delete/],
    // rsync and tar
    ['--include *.conf --exclude * -o web1 -U .', /--exclude '!\*\.conf' keeps/],
    ['--filter merge -o web1 -U .', /--exclude '!\*\.conf' keeps/],
    ['--from0 --files-from l -o web1 -U', /sees by itself/],
    ['--exclude-vcs -o web1 -U .', /--gitignore/],
    ['--exclude web3 -o ./hosts -C uptime', /-o '!NODE'/],
    // typing
    ['--folds -o web1 -C uptime', /^did you mean --fold\?/],
    ['--heartbaet 3s -o web1 -C uptime', /^did you mean --heartbeat\?/],
    ['--quite -o web1 -C uptime', /^did you mean --quiet\?/],
    ['--nonsense -o web1 -C uptime', /^lockstep --help lists the options/],
    ['lock-status', /^that is an option: --lock-status/],
    ['-C uptime -o web1', /^options stand before/],
    ['-U build -o web1 -r /srv', /^options stand before/],
    ['uptime', /^targets stand after -o, and the command after -C: lockstep -o HOST -C uptime/],
    ['deploy', /lockstep -o HOST -C deploy/],
    ['-o web1 –C uptime', /longer dash/],
  ])('is met with the option that was looked for: %s', async (line, hint) => {
    await expect(parseArguments(line.split(' '))).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringMatching(hint),
    });
  });

  it.each([
    ['-c 5', /^--conn-timeout 5 is 5 milliseconds; for seconds write --conn-timeout 5s/],
    ['-j 30', /--send-timeout 30s/],
    ['-c 500', undefined],
    ['-c 5s', undefined],
    ['-c 0', undefined],
  ])('counts milliseconds aloud where seconds must be meant: %s', async (option, remark) => {
    const parsed = await parseArguments([...option.split(' '), '-o', 'web1', '-C', 'uptime']);
    const remarks = parsed.kind === 'run' ? parsed.remarks : ['no run'];
    if (remark === undefined) expect(remarks).toEqual([]);
    else expect(remarks).toEqual([expect.stringMatching(remark)]);
  });

  it.each([
    ['5000', [/^--bwlimit 5000 is 5000 bytes a second; for KiB, as with rsync, write --bwlimit 5000K$/]],
    ['5000K', []],
    ['1000000', []],
  ])('counts bytes aloud where rsync means KiB: --bwlimit %s', async (rate, remarks) => {
    const parsed = await parseArguments(['--bwlimit', rate, '-o', 'web1', '-U', 'f']);
    expect(parsed.kind === 'run' && parsed.remarks).toEqual(
      remarks.map((form) => expect.stringMatching(form)),
    );
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

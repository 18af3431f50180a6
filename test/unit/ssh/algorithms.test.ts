import { describe, expect, it } from 'vitest';
import { offeredAlgorithms, orderHostKeyAlgorithms } from '../../../src/ssh/ssh2/algorithms.ts';

describe('algorithms', () => {
  it('S5 nothing with SHA-1, MD5, DSA, CBC, RC4, chacha20 or compression is offered', () => {
    const offered = Object.values(offeredAlgorithms([])).flat();
    expect(
      offered.filter((name) => /sha1|md5|ssh-rsa|dss|cbc|arcfour|chacha|zlib|group1-/.test(String(name))),
    ).toEqual([]);
    expect(offered).toContain('none');
  });

  it('the types that are known of a host come first, and none is left out', () => {
    const plain = orderHostKeyAlgorithms([]);
    expect(plain[0]).toBe('ssh-ed25519');
    expect(orderHostKeyAlgorithms(['ssh-rsa']).slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(orderHostKeyAlgorithms(['ssh-dss', 'ecdsa-sha2-nistp384'])[0]).toBe('ecdsa-sha2-nistp384');
    expect([...orderHostKeyAlgorithms(['ssh-rsa'])].sort()).toEqual([...plain].sort());
  });
});

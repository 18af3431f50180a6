/** The programs that a pretended node has. */
import { existsSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Which program carries plans out on a node; `busybox` is a node that has nothing else. */
export type Tools = 'perl' | 'python3' | 'sh' | 'busybox';
export const TOOLS = (['perl', 'python3', 'sh', 'busybox'] as const).filter(
  (tools) => tools === 'sh' || existsSync(`/usr/bin/${tools}`),
);

const NEEDED =
  'sh tar mkdir stat touch ls rm mv ln cp cut find gzip mkfifo chmod chown chgrp df tail tr id grep cat lsattr readlink rmdir sleep sort sed xargs sha256sum cksum setfacl'.split(
    ' ',
  );

export function linkTools(bin: string, tools: Tools): void {
  for (const name of NEEDED) {
    const real =
      tools === 'busybox' ? '/usr/bin/busybox' : [`/usr/bin/${name}`, `/bin/${name}`].find(existsSync);
    if (real !== undefined) symlinkSync(realpathSync(real), join(bin, name));
  }
  for (const shell of ['dash', 'bash', 'busybox']) symlinkSync(`/usr/bin/${shell}`, join(bin, shell));
  if (tools === 'perl' || tools === 'python3') symlinkSync(`/usr/bin/${tools}`, join(bin, tools));
}

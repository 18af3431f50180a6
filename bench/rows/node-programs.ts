/** Programs that some rows need on a node, or need to be other than usual. */
import { realpathSync } from 'node:fs';
import type { FarmNode } from '../../test/farm/node.ts';
import { captureOrThrow } from '../../test/farm/process.ts';

/** This machine's rsync with the libraries that the node has not; both are the same Debian. */
export async function provideRsync({ directory }: FarmNode): Promise<void> {
  const libraries = (await captureOrThrow('ldd', ['/usr/bin/rsync'])).match(/\/\S+/g) ?? [];
  const files = ['/usr/bin/rsync', ...libraries.flatMap((path) => [path, realpathSync(path)])];
  const copy = 'tar -C / -chf - "$@" | tar -C "$directory" -xf - --skip-old-files --keep-directory-symlink';
  await captureOrThrow('sh', ['-c', copy, 'sh', ...files.map((path) => path.slice(1))], {
    env: { ...process.env, directory },
  });
}

/** On the node, when it last finished to extract an archive. */
export const EXTRACTED_PATH = '/run/extracted';

/**
 * Lets a node's tar leave a mark when it has extracted an archive, and read it at so many bytes a second at most.
 * Calling what it returns takes that back.
 */
export async function wrapTar(
  node: FarmNode,
  bytesPerSecond: number | undefined,
): Promise<() => Promise<void>> {
  const feed = bytesPerSecond === undefined ? '' : `python3 -c '${pace}' ${Math.ceil(bytesPerSecond)} | `;
  const wrapper = [
    '#!/bin/sh',
    'case " $* " in *" -x"*) ;; *" -C "*) ;; *) exec /usr/bin/tar.real "$@" ;; esac',
    `${feed}/usr/bin/tar.real "$@"`,
    'code=$?',
    `: >${EXTRACTED_PATH}`,
    'exit "$code"',
    '',
  ].join('\n');
  const install = `mv /usr/bin/tar /usr/bin/tar.real && cat >/usr/bin/tar && chmod 755 /usr/bin/tar`;
  await captureOrThrow('nsenter', ['-t', `${node.pid}`, '-m', 'sh', '-c', install], { input: wrapper });
  return async () => {
    await node.run('mv -f /usr/bin/tar.real /usr/bin/tar');
  };
}

const pace = `
import os, sys, time
rate, start, count = int(sys.argv[1]), time.monotonic(), 0
while data := os.read(0, 65536):
    view = memoryview(data)
    while view: view = view[os.write(1, view):]
    count += len(data)
    time.sleep(max(0, start + count / rate - time.monotonic()))
`;

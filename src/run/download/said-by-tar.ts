/** What tar says on a node when files change while it reads them, as logs do: it is told, and no failure. Pure. */

/** Whether nothing else was said, by GNU tar, bsdtar or busybox; `paths`: what was asked for, which must be there. */
export function isHarmless(said: string, paths: readonly string[]): boolean {
  const lines = said.split('\n').filter((line) => line !== '');
  return lines.length > 0 && lines.every((line) => isChange(line, paths));
}

function isChange(line: string, paths: readonly string[]): boolean {
  if (CHANGES.some((form) => form.test(line))) return true;
  const [, name] = VANISHED.exec(line) ?? [];
  return (
    name !== undefined && !paths.some((path) => `/${path}`.replace(/^\/+/, '') === name.replace(/^\/+/, ''))
  );
}

const CHANGES = [
  /: file changed as we read it$/,
  /: File removed before we read it$/,
  /: File shrank by \d+ bytes; padding with zeros$/,
  /: socket ignored$/,
  /: error exit delayed from previous errors$/,
];

/** busybox says no more of a file that was in its directory a moment ago. */
const VANISHED = /^tar: ((?:(?!: ).)*): No such file or directory$/s;

/**
 * Paths on the nodes, as the user gives them. A relative one starts at the login directory, and so do `~` and `$HOME`,
 * which arrive unexpanded if the user quoted them. Nothing else in a path is expanded. Pure.
 */
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';

/** `written`: the option, for messages. Throws LockstepError `usage` for somebody else's home, which a shell would look up. */
export function nodePath(path: string, written: string): string {
  if (/^~[^/]/.test(path)) {
    throw new LockstepError('usage', `${written} expands only ~ and $HOME, not ${quoteInput(path)}`, {
      hint: 'write out that home; for a file of this very name below the login directory write ./~…',
    });
  }
  return fromLogin(path);
}

/** The same for a path that is already accepted. */
export function fromLogin(path: string): string {
  const home = /^(?:~|\$HOME|\$\{HOME\})(?:\/+(.*))?$/s.exec(path);
  return plain(home === null ? path : home[1] || '.');
}

/** Double and trailing slashes, and dots between slashes, mean nothing; a link is followed without them, too. */
function plain(path: string): string {
  const single = path.replaceAll(/\/(?:\.?\/)+/g, '/');
  return single === '/.' ? '/' : single.replace(/(.)\/\.?$/s, '$1');
}

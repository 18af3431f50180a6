/**
 * Paths on the nodes, as the user gives them. A relative one starts at the login directory, and so do `~` and `$HOME`,
 * which reach us where the user quoted them. Nothing else in a path is expanded. Pure.
 */
export function nodePath(path: string): string {
  const home = /^(?:~|\$HOME|\$\{HOME\})(?:\/+(.*))?$/s.exec(path);
  return home === null ? path : home[1] || '.';
}

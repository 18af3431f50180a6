/**
 * The hosts that completion offers: those that known_hosts has in clear, one a line. Only names of plain characters,
 * since completion of bash evaluates what it is given. sh that bash and zsh read alike, and fish through `sh -c`.
 */
export const LIST_HOSTS =
  "sed -nE 's/^(@[a-z-]+ )?([A-Za-z0-9.,:_-]+) .*/\\2/p; s/^(@[a-z-]+ )?\\[([A-Za-z0-9._-]+)\\](:[0-9]+)[, ].*/\\2\\3/p'" +
  " ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts 2>/dev/null | tr ',' '\\n' | sort -u";

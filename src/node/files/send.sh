# shellcheck shell=sh disable=SC2154,SC2086
# Prints the paths that are its words as one archive, from the directory in which it starts. It runs as the command of `--download`.
# GNU tar keeps fractions of seconds only in the form posix; other tars use that by themselves, or cannot keep them.
# Needs: own_session
unset TAR_OPTIONS TAPE
LC_ALL=C
export LC_ALL
command -v tar >/dev/null || {
  printf 'tar is not installed on this node\n' >&2
  exit 127
}
case $(tar --version 2>/dev/null) in *'(GNU tar)'*) posix=--format=posix ;; *) posix='' ;; esac
exec $own_session tar -c $posix -f - -- "$@"

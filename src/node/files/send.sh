# shellcheck shell=sh disable=SC2154,SC2086
# Sends what is asked for as one archive on stdout, from the directory that it starts in: a command of ours, with the paths as its words.
# GNU tar has room for whole times in the newer form alone; the others write it by themselves, or have none.
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

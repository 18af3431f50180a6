# shellcheck shell=sh disable=SC2016,SC2034
# A worker's job before an upload, or instead of one: answers for the paths on stdin, in their order, and changes nothing.
# $5: stat (what lies there), sum (of contents), list (all that lies below, a directory twice), read (contents). $6: the format of stat.
# $7: look.pl, where many paths are asked for. The controller then waits for the line SEES, which says in which form to send the list.
# $8: runs, where the node shall also say with which program it would carry out a plan.
# stdin: a line with the run's token; paths, a line each, of which one must be there, and /end; then each path with a NUL behind it. None
# begins with a dash. A path where nothing lies has no answer.
# stdout: with $8 the token and RUNS, with the program that the upload must bring, and "cksum" where no program makes a sha256; the token
# and SEES with the account's number, and "exact" (look.pl answers) or "none"; the answers; the token and END, NONE (none of the first
# paths is there, so none of the others was looked at), or ERROR with the first thing that is refused.
# Defines: many_names
# Needs: executor find_executor has_sha256
# Each process takes some thousand paths. Nodes that can receive files have these programs.
IFS= read -r token || exit 1
# The survey asks for small uploads alone.
many_names=''

main() {
  look=${3-} tells=${4-}
  case $1 in
    stat) set -- stat -c "$2" ;;
    sum) if command -v sha256sum >/dev/null; then set -- sha256sum; else set -- openssl dgst -sha256 -r; fi ;;
    list) set -- sh -c "$list" find ;;
    read) set -- cat ;;
  esac
  for tool in xargs sed id find "$1"; do command -v "$tool" >/dev/null || finish "ERROR $tool is not installed on this node"; done
  if [ -n "$tells" ]; then
    find_executor
    has_sha256 || executor="$executor cksum"
    printf '%s RUNS %s\n' "$token" "$executor"
  fi
  found=''
  while IFS= read -r first && [ "$first" != /end ]; do
    if [ -e "$first" ] || [ -L "$first" ]; then found=yes; fi
  done
  none=''
  if [ -z "$found" ] && [ "$first" = /end ]; then none=' none'; fi
  if [ -z "$none" ] && [ -n "$look" ] && command -v perl >/dev/null; then
    unset PERL5OPT PERL5LIB PERLLIB PERL_UNICODE PERLIO
    # On stdin, so that neither the program nor the token stands in any argv.
    exec 5<&0
    printf 'my $token = "%s";\n%s\n' "$token" "$look" | LC_ALL=C perl -C0 -
    # What cannot run has read nothing of the list.
    case $? in 3 | 12[67]) ;; *) exit 0 ;; esac
  fi
  printf '%s SEES %s%s\n' "$token" "$(id -u)" "$none"
  [ -z "$none" ] || finish NONE
  exec 4>&1
  refused=$(QUOTING_STYLE=literal xargs -0 "$@" 2>&1 >&4 4>&- | sed -n '/: No such file or directory$/d; /: Not a directory$/d; /: [A-Z][A-Za-z/, ]*$/{p;q;}')
  finish "${refused:+ERROR }${refused:-END}"
}

# A mount point is listed, and nothing in it: -xdev alone would enter one where a directory of the same file system is bound.
# A list has no end mark, so this shell says where a signal has cut it.
list='set -f
IFS="
"
found=$(
  start=$PWD mounts=$(cut -d " " -f 5 /proc/self/mountinfo | sed "s/\\\\040/ /g; s/\\\\011/\t/g; s/\\\\134/\\\\/g")
  for path; do
    cd -P -- "$path" || continue
    for mount in $mounts; do case $mount in "${PWD%/}"/?*) printf "%s\n" "$path/${mount#"${PWD%/}/"}" ;; esac; done
    cd -- "$start"
  done 2>/dev/null | sed "s/[][*?\\\\]/\\\\&/g"
)
set -- "$@" -xdev
for path in $found; do set -- "$@" -type d -path "$path" -prune -print0 -print0 -o; done
find "$@" -print0 -type d -print0 || [ "$?" -le 125 ] || echo "find: Ended by a signal" >&2'

finish() {
  printf '%s %s\n' "$token" "$1"
  exit 0
}

main "$5" "${6-}" "${7-}" "${8-}"

# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# Writes into the stage how the program that carries out its plan is started.
# Defines: take_perl write_executor
# Needs: executor executor_pl executor_py executor_sh find_executor interpreter many_names reason

# Writes the script executor into the stage, which starts the program for this node. So the stage alone can undo a switch, with no text of
# the controller. An upload has brought the program; the sync tool carries it in itself, and writes it here.
write_executor() {
  find_executor
  case $executor in
    *.pl)
      carry "${executor_pl-}"
      start='unset PERL5OPT PERL5LIB PERLLIB PERL_UNICODE PERLIO; LC_ALL=C; export LC_ALL; exec perl -C0 ./executor.pl "$1"'
      ;;
    *.sh)
      carry "${executor_sh-}"
      start='. ./executor.sh'
      ;;
    *)
      carry "${executor_py-}"
      start="LC_ALL=C; export LC_ALL; exec $interpreter -I -S ./executor.py \"\$1\""
      ;;
  esac
  printf '%s\n' "$start" >executor
}

# carry TEXT: writes the executor. TEXT has backticks for apostrophes, since it stands in a word of sh.
carry() {
  [ -n "$1" ] || return 0
  set -f
  IFS='`'
  # shellcheck disable=SC2086
  set -- $1
  IFS="'"
  printf '%s\n' "$*" >"$executor"
  unset IFS
  set +f
}

# Where python was to be quicker than perl, and has ended without a word: it does not run here, or is too old. What it has begun before it
# ended is none of perl's.
take_perl() { [ -n "$many_names" ] && [ -z "$reason" ] && [ -f executor.pl ] && [ ! -e placed ] && many_names='' && write_executor; }

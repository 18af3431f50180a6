# shellcheck shell=sh disable=SC1083,SC2034,SC2154,SC2163,SC2254,SC3040
# How every text begins (boot.ts): what login scripts have exported is put aside, whatever it is called, so that no program of
# ours heeds it and no variable of ours has a value already; give-back.sh gives it to the user's own commands.
# LOCKSTEP_TEXT begins with what `umask` and `export -p` have said, in a branch that is never taken. Only the names are read there.
# To cut that branch off before would take bash a time that grows with the square of what is exported.
# Defines: _i _m _t
set -f
IFS='
'
their_TMOUT=${LOCKSTEP_TMOUT-} _t=${LOCKSTEP_TMOUT+TMOUT} _i=${LOCKSTEP_IGNORED-} _m=''
# bash complains of each locale that it lacks, unless LC_ALL hides that.
case ${LC_ALL+x} in x) their_LC_ALL=$LC_ALL _t="$_t LC_ALL" ;; esac
LC_ALL=C
export LC_ALL
for _l in $LOCKSTEP_TEXT; do
  case $_l in
    'fi; : lockstep') break ;;
    0*) _m=${_m:-$_l} ;;
    'export '[A-Z_a-z]*=*)
      _l=${_l#export } _l=${_l%%=*}
      # Where they are, who this is, and what a shell owns: SHELLOPTS and such may not even be unset, and BASH_XTRACEFD closes what it names.
      case $_l in
        *[!A-Z_a-z0-9]* | _ | _[a-z] | LOCKSTEP_* | PATH | LD_LIBRARY_PATH | LC_ALL | PWD | SHLVL | IFS) ;;
        HOME | SUDO_* | XDG_STATE_HOME | PPID | UID | EUID | SHELLOPTS | BASHOPTS | BASH_XTRACEFD | OPTIND) ;;
        *) eval "if [ \"\${$_l+set}\" ]; then their_$_l=\$$_l _t=\"\$_t \$_l\"; unset $_l; fi" ;;
      esac
      ;;
  esac
done
set +f
unset IFS LOCKSTEP_TEXT LOCKSTEP_TMOUT LOCKSTEP_IGNORED
# Without POSIXLY_CORRECT bash would be another shell.
${BASH_VERSION:+set -o posix}
umask 022

# shellcheck shell=sh disable=SC2154
# Gives the user's own command all that the account's login has set, as ssh would (see first.sh).
# Defines: give_back
# Needs: _i _m _t
give_back() {
  give_environment
  umask "${_m:-022}"
  IFS=,
  for _l in $_i; do trap '' "$_l"; done
  unset IFS
}

give_environment() {
  for _l in $_t; do eval "export $_l=\"\$their_$_l\""; done
  case " $_t " in *" LC_ALL "*) ;; *) unset LC_ALL ;; esac
}

# shellcheck shell=sh disable=SC2034,SC2094,SC2154
# Removes the stages of dead runs from a directory in which this run is about to make its own.
# Defines: record remove_dead_stages run
# Needs: find_by found has_begun remove_stage uid

# A power failure, say, leaves a stage that nobody has removed. The next run of the same account, or of root, that stages in the same
# directory removes it. It leaves a stage from which files may have been put in place: only its own account may take these back.
remove_dead_stages() {
  for other in "${1%/}"/.lockstep-[0-9]*T[0-9]*-*; do
    case $other in *-kept) continue ;; esac
    [ -d "$other" ] && [ ! -L "$other" ] && ! has_begun "$other" && { [ -O "$other" ] || [ "$uid" = 0 ]; } || continue
    if run_lives "${other##*/.lockstep-}"; then continue; fi
    host='' their_host=-
    IFS= read -r host 2>/dev/null </proc/sys/kernel/hostname
    if [ -f "$other/host" ]; then IFS= read -r their_host <"$other/host"; fi
    case $their_host in
      # A directory may be shared with other machines, whose processes nobody sees here: only this machine's stages are removed.
      "$host") (remove_dead_stage "$other") ;;
      # A run that died before it named its machine has left a stage that is empty, and private. Anything else is left alone.
      - | '') case $(exec ls -ld -- "$other") in drwx--[-S]---*) timeless "${1%/}/" remove_unmarked "$other" 2>/dev/null ;; esac ;;
    esac
  done
}

# Removes a stage, the run's stages on other mounts, and its record, each only if the same account owns it: whoever plants a stage may name
# anything in it. A record with more than one state stays: the next run of its own account reports it.
remove_dead_stage() {
  run=${1##*/.lockstep-} record=''
  owner=$(owner_of "$1")
  if [ -s "$1/stages" ]; then
    while IFS= read -r other; do if [ "$(owner_of "$other")" = "$owner" ]; then remove_stage "$other"; fi; done <"$1/stages"
  fi
  { IFS= read -r host && IFS= read -r record; } <"$1/host"
  remove_stage "$1"
  case $record in /*/lockstep/"$run") ;; *) return 0 ;; esac
  [ ! -e "$1" ] && [ -f "$record" ] && [ "$(owner_of "$record")" = "$owner" ] && [ "$(grep -c '^state ' "$record")" = 1 ] || return 0
  rm -f -- "$record"
}

remove_unmarked() {
  [ -s "$1/host" ] || rm -f -- "$1/host"
  rmdir -- "$1"
}

owner_of() {
  # shellcheck disable=SC2046
  set -f -- $(exec ls -ldn -- "$1" 2>/dev/null)
  printf %s "${3-}"
}

# Whether any process of run $1 is left.
run_lives() {
  find_by "$1" cmdline
  [ -n "$found" ]
}

# shellcheck shell=sh disable=SC2154
# Answers for the keeper while the keeper's own channel belongs to its command: lockstep-pulse RUN KEEPER.
# A keeper that lives holds its lock, so PONG is said only while that very process is there, and not stopped.
# Needs: keeper_lives state
{ printf lockstep-pulse >/proc/self/comm; } 2>/dev/null
IFS= read -r token
while IFS= read -r line; do
  if ! keeper_lives "$2"; then
    printf '%s ENDING killed\n' "$token"
    exit
  fi
  # Somebody has stopped the keeper: it goes on now, or there is no answer.
  case $state in [Tt]) kill -CONT "${2%:*}" && keeper_lives "$2" ;; esac
  case $state in [Tt]) ;; *) printf '%s PONG %s\n' "$token" "${line#PING }" ;; esac
done

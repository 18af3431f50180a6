# Answers for the keeper while the keeper's own channel belongs to its command: lockstep-pulse RUN KEEPER.
# A keeper that lives holds its lock, so PONG is said only while that very process is there.
keeper_lives() {
  IFS= read -r stat 2>/dev/null <"/proc/${1%:*}/stat" || return 1
  set -- "$1" ${stat##*) }
  [ "$2" != Z ] && [ "${21}" = "${1#*:}" ]
}
IFS= read -r token
while IFS= read -r line && keeper_lives "$2"; do
  printf '%s PONG %s\n' "$token" "${line#PING }"
done

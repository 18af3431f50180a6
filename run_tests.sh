#!/usr/bin/env bash
# Runs every check, or those that are named: ./run_tests.sh [types] [lint] [shellcheck] [package] [node24] [unit] [embedded] [sshd] [docker]
# Installs what is missing, builds, and ends with the line "N passed, M failed". Non-zero exit when something failed,
# crashed or ran no test. With CI=true a check or tier that cannot run here is a failure, else it is left out aloud.
# Ctrl-C, TERM and HUP end what runs at once, and all that it has started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

checks=(types lint shellcheck package node24)
tiers=(unit embedded sshd docker)
# No tier takes longer unless it hangs.
tier_seconds_max=7200
# What is told to end and does not is killed.
ending_seconds_max=3
passed=0
failed=0
failures=()
# The process group of the step that runs now.
step=
vitest=(npx vitest)

main() {
  local wanted=("$@") name
  if ((${#wanted[@]} == 0)); then wanted=("${checks[@]}" "${tiers[@]}"); fi
  for name in "${wanted[@]}"; do
    if [[ " ${checks[*]} ${tiers[*]} " != *" $name "* ]]; then
      echo "unknown: $name; known: ${checks[*]} ${tiers[*]}" >&2
      exit 64
    fi
  done
  export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
  reports=$(mktemp -d)
  trap 'rm -rf "$reports"' EXIT
  trap 'end_by 2' INT
  trap 'end_by 15' TERM
  trap 'end_by 1' HUP

  prepare
  for name in "${wanted[@]}"; do
    if [[ " ${checks[*]} " == *" $name "* ]]; then run_check "$name"; else run_tier "$name"; fi
  done
  if ((failed > 0)); then printf '\nFAILED: %s' "${failures[@]}" && echo; fi
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

# What fails here shows again in the checks and tiers, which run all the same; so it need not end the script.
prepare() {
  header prepare
  in_group sh scripts/install-test-tools.sh || fail 'the tools for the tests could not be installed'
  if [[ ! -e node_modules/.package-lock.json || node_modules/.package-lock.json -ot package-lock.json ]]; then
    in_group npm ci --no-audit --no-fund || fail 'npm ci'
  fi
  in_group npm run --silent build || fail 'npm run build'
}

# Runs a step in a process group of its own, in the background, since bash hears no signal while it runs something itself.
in_group() {
  local status=0
  set -m
  "$@" &
  step=$!
  set +m
  wait "$step" || status=$?
  step=
  return "$status"
}

# Farms and engines of the tests have groups of their own, and end when the test that holds them is gone.
end_by() {
  local signal=$1 end=$((SECONDS + ending_seconds_max))
  trap '' INT TERM HUP
  if [[ -n $step ]]; then
    kill -TERM -- "-$step" 2>/dev/null || true
    while runs_still && ((SECONDS < end)); do sleep 0.1; done
    kill -KILL -- "-$step" 2>/dev/null || true
  fi
  exit $((128 + signal))
}

# What is dead and waits for somebody to notice does not run.
runs_still() {
  local path line state group
  for path in /proc/[0-9]*/stat; do
    { read -r line <"$path"; } 2>/dev/null || continue
    read -r state _ group _ <<<"${line##*) }"
    if [[ $group == "$step" && $state != Z ]]; then return 0; fi
  done
  return 1
}

run_check() {
  local reason report started=$SECONDS
  header "$1"
  if reason=$(why_not "$1"); [[ -n $reason ]]; then
    leave_out "the check $1" "$reason"
    return 0
  fi
  if in_group "check_$1"; then pass "$1" "$started"; else fail "$1"; fi
  for report in "$reports/$1".*.json; do name_failures "$1" "$report"; done
}

check_types() { npx tsc --noEmit; }

check_lint() { npx biome check .; }

# What npm packs is imported in an empty project, in JavaScript and TypeScript, and publint and are-the-types-wrong find nothing.
check_package() { node scripts/check-package.mjs; }

# The newest Node.js that is promised: what is built by it, the quick tests under it, and real SSH by the demo. What runs on
# nodes is no program of Node.js, so its tests are left out.
check_node24() {
  local node
  node=$(sh scripts/install-node-24.sh) || return 1
  "$node" scripts/build.mjs && "$node" bin/lockstep.js --version || return 1
  vitest=("$node" node_modules/vitest/vitest.mjs)
  run_parts node24 1 --project unit --mode quick --exclude 'test/unit/node/**' --reporter=dot
  [[ $(<"$reports/node24.1.status") == 0 ]] || return 1
  "$node" bin/lockstep.js demo >/dev/null
}

check_shellcheck() { bash scripts/shellcheck.sh; }

run_tier() {
  local tier=$1 reason started=$SECONDS part parts
  header "$tier"
  if reason=$(why_not "$tier"); [[ -n $reason ]]; then
    leave_out "the $tier tier" "$reason"
    return 0
  fi
  parts=$(parts_of "$tier")
  in_group run_parts "$tier" "$parts" --project "$tier" --reporter=default || true
  for ((part = 1; part <= parts; part++)); do
    count "$tier" "$reports/$tier.$part.json" "$(cat "$reports/$tier.$part.status" 2>/dev/null || echo unknown)"
  done
  echo "$tier: $((SECONDS - started)) s"
}

# run_parts NAME PARTS WORD...: vitest with these words, side by side; what the first one prints is seen as it comes.
run_parts() {
  local name=$1 parts=$2 part
  shift 2
  # They stay in the group of this step.
  set +m
  for ((part = 2; part <= parts; part++)); do run_part "$name" "$part/$parts" "$@" >"$reports/$name.$part.log" 2>&1 & done
  run_part "$name" "1/$parts" "$@"
  wait
  for ((part = 2; part <= parts; part++)); do cat "$reports/$name.$part.log"; done
}

# In a pid space of its own where there are more: keepers of two test files would see each other in /proc.
run_part() {
  local name=$1 shard=$2 part=${2%/*} status=0 alone=()
  shift 2
  if [[ $shard != 1/1 ]]; then
    # Its first process is a shell, which reaps what others have left; Node.js would not.
    alone=(unshare --pid --fork --kill-child --mount-proc sh -c '"$@"; exit' sh)
  fi
  timeout --foreground --kill-after=10 "$tier_seconds_max" "${alone[@]}" "${vitest[@]}" run "$@" --shard="$shard" \
    --reporter=json --outputFile.json="$reports/$name.$part.json" || status=$?
  echo "$status" >"$reports/$name.$part.status"
}

# One part more than there are cores, since many tests of the unit tier wait for clocks.
parts_of() {
  if [[ $1 == unit ]] && unshare --pid --fork --mount-proc true 2>/dev/null; then echo $(($(nproc) + 1)); else echo 1; fi
}

leave_out() {
  if [[ ${CI:-} == true ]]; then fail "$1 cannot run here: $2"; else echo "NOT RUN: $2"; fi
}

# Why a check or tier cannot run on this machine; nothing when it can.
why_not() {
  case $1 in
    node24) [[ $(uname -sm) == 'Linux x86_64' ]] || echo 'npm has no Node.js 24 for this machine' ;;
    sshd | docker)
      if [[ $(id -u) != 0 ]]; then
        echo 'it needs root'
      elif ! unshare --mount --pid --fork true 2>/dev/null; then
        echo 'it needs namespaces of its own, and unshare may not make them'
      elif ! grep -qw overlay /proc/filesystems && ! modprobe overlay 2>/dev/null; then
        echo 'it needs the overlay file system, which this kernel lacks'
      fi
      ;;
  esac
  if [[ $1 == docker ]] && ! command -v dockerd >/dev/null && ! [[ -S /var/run/docker.sock ]]; then
    echo 'no Docker engine answers, and there is no dockerd to start one'
  fi
}

# Adds a tier's report to the sums. A tier that ends badly without a failed test has crashed, and none may run no test.
count() {
  local tier=$1 report=$2 status=$3 tier_passed=0 tier_failed=0
  if [[ -s $report ]]; then read -r tier_passed tier_failed < <(node scripts/read-report.mjs "$report"); fi
  passed=$((passed + tier_passed))
  failed=$((failed + tier_failed))
  name_failures "$tier" "$report"
  if ((tier_passed + tier_failed == 0)); then
    fail "the $tier tier ran no test (exit $status)"
  elif [[ $status != 0 ]] && ((tier_failed == 0)); then
    fail "the $tier tier crashed (exit $status)"
  fi
}

# The failed tests of a report, where there is one.
name_failures() {
  local tier=$1 report=$2 title
  [[ -s $report ]] || return 0
  while IFS= read -r title; do failures+=("$tier: $title"); done < <(node scripts/read-report.mjs "$report" | tail -n +2)
}

header() { printf '\n=== %s\n' "$1"; }

# What began at $2 seconds has passed.
pass() {
  echo "ok: $1 ($((SECONDS - $2)) s)"
  passed=$((passed + 1))
}

fail() {
  echo "FAILED: $1"
  failures+=("$1")
  failed=$((failed + 1))
}

main "$@"

# shellcheck shell=sh
# The sync protocol for POSIX shells. Put it at the top of your tool, or beside it and source it.
#
#   hello              greets the controller; comes first.
#   nodes              reads who takes part, until the run starts: sets node_count, own_node, node_list (one a line).
#                      1 or 2, as below: the run failed before it started, and nothing may be changed.
#   say TEXT           tells every node TEXT. `say "failed WHY"` makes every wait_for_all return 1.
#   wait_for_all TEXT  says TEXT, and returns 0 when every node has said it. A text is one barrier: use it once.
#                      1: a tool said `failed WHY`, ended without success, or ended before it said TEXT;
#                      failed_node and failed_reason say which.
#                      2: the controller is gone, and within seconds the lock: undo what is quick, and end.
#                      `wait_for_all undone` alone still waits after a failure, for all tools that still run.
#
# All of them return 64 when called wrongly. Every node reads the same messages in the same order,
# so that a barrier opens on all nodes or on none.
# With LOCKSTEP_ALONE=1, or with a terminal as stdin outside of a run, every barrier opens at once.
# stdin belongs to this library: start programs that may read it with </dev/null.
# Defines: failed_node failed_reason hello lockstep_newline nodes own_node say wait_for_all

lockstep_newline='
'
# A login script may have exported functions of any name, which are bash's alone; other shells know no such word.
lockstep_builtin=${BASH_VERSION:+command}

hello() {
  node_count=1
  own_node=${LOCKSTEP_NODE:-[alone]}
  node_list=$own_node
  failed_node=
  failed_reason=
  lockstep_prefix=
  lockstep_text=
  lockstep_heard=$lockstep_newline
  lockstep_passed=$lockstep_newline
  lockstep_done=
  [ "${LOCKSTEP_ALONE:-}" != 1 ] || return 0
  [ -n "${LOCKSTEP_RUN:-}" ] || [ ! -t 0 ] || return 0
  lockstep_read || return 2
  case $lockstep_line in
    ORGALORG:*' HELLO') lockstep_prefix=${lockstep_line% HELLO} ;;
    *) lockstep_refuse 'stdin does not speak the sync protocol; LOCKSTEP_ALONE=1 runs without it' || return ;;
  esac
  # Asks to be told who has ended: LOST and DONE.
  $lockstep_builtin printf '%s WATCH\n' "$lockstep_prefix" || return 2
}

nodes() {
  [ -n "$lockstep_prefix" ] || return 0
  node_count=0
  node_list=
  lockstep_recent=
  while lockstep_read; do
    # The last release of orgalorg forgot the prefix of NODE lines.
    lockstep_line=${lockstep_line#"$lockstep_prefix "}
    case $lockstep_line in
      START)
        node_list=$node_list$lockstep_recent
        node_list=${node_list#"$lockstep_newline"}
        return 0
        ;;
      'NODE '*) lockstep_node=${lockstep_line#NODE } ;;
      'DONE '*' '*) continue ;;
      'LOST '*' '*)
        lockstep_take
        return 1
        ;;
      *) lockstep_refuse "expected NODE or START, got: $lockstep_line" || return ;;
    esac
    case $lockstep_node in *' CURRENT') own_node=${lockstep_node% CURRENT} ;; esac
    lockstep_recent=$lockstep_recent$lockstep_newline${lockstep_node% CURRENT}
    node_count=$((node_count + 1))
    # A list of a thousand names is not copied for each of them.
    [ $((node_count % 32)) -ne 0 ] || {
      node_list=$node_list$lockstep_recent
      lockstep_recent=
    }
  done
  return 2
}

say() {
  case $1 in
    '' | ' '* | *' ' | *[[:cntrl:]]*)
      lockstep_refuse 'say: needs one line of text, without blanks around it' || return
      ;;
  esac
  if [ -n "$lockstep_prefix" ]; then
    $lockstep_builtin printf '%s SYNC %s\n' "$lockstep_prefix" "$1" || return 2
  else
    lockstep_hear "$own_node" "$1"
  fi
}

wait_for_all() {
  [ -z "$failed_node" ] || [ "$1" = undone ] || return 1
  case $lockstep_passed in *"$lockstep_newline$1$lockstep_newline"*)
    lockstep_refuse "wait_for_all: all have already said: $1" || return ;;
  esac
  [ "$1" = undone ] || lockstep_can_open "$1" || return 1
  lockstep_text=$1
  lockstep_arrived=$lockstep_newline
  lockstep_recent=
  lockstep_arrived_count=0
  lockstep_searches=
  [ "$node_count" -gt 100 ] || lockstep_searches=1
  lockstep_replay
  say "$1" || return
  while [ "$lockstep_arrived_count" -lt "$node_count" ]; do
    [ -z "$failed_node" ] || [ "$1" = undone ] || return 1
    lockstep_read || return 2
    lockstep_take
  done
  lockstep_passed=$lockstep_passed$1$lockstep_newline
}

# bash gives a read up after TMOUT.
lockstep_read() {
  # shellcheck disable=SC2086,SC3045
  IFS= $lockstep_builtin read ${lockstep_builtin:+-t9999999} -r lockstep_line
}

# Who has ended well says nothing more.
lockstep_can_open() {
  lockstep_rest=$lockstep_done
  while [ -n "$lockstep_rest" ]; do
    lockstep_entry=${lockstep_rest%%"$lockstep_newline"*}
    lockstep_rest=${lockstep_rest#*"$lockstep_newline"}
    case $lockstep_heard in *"$lockstep_newline$lockstep_entry $1$lockstep_newline"*) continue ;; esac
    lockstep_fail "$lockstep_entry" "ended before it said $1"
    return 1
  done
}

# What was said before its barrier was reached is heard again.
lockstep_replay() {
  lockstep_rest=${lockstep_heard#"$lockstep_newline"}
  lockstep_heard=$lockstep_newline
  while [ -n "$lockstep_rest" ]; do
    lockstep_entry=${lockstep_rest%%"$lockstep_newline"*}
    lockstep_rest=${lockstep_rest#*"$lockstep_newline"}
    lockstep_hear "${lockstep_entry%% *}" "${lockstep_entry#* }"
  done
}

lockstep_take() {
  lockstep_entry=${lockstep_line#"$lockstep_prefix "}
  case $lockstep_entry in 'SYNC '*' '* | 'LOST '*' '* | 'DONE '*' '*) ;; *) return 0 ;; esac
  lockstep_word=${lockstep_entry%% *}
  lockstep_entry=${lockstep_entry#* }
  lockstep_node=${lockstep_entry%% *}
  case $lockstep_word in
    SYNC) lockstep_hear "$lockstep_node" "${lockstep_entry#* }" ;;
    LOST)
      lockstep_fail "$lockstep_node" "${lockstep_entry#* }"
      # A tool that is gone has nothing left to undo.
      lockstep_hear "$lockstep_node" undone
      ;;
    DONE)
      lockstep_done=$lockstep_done$lockstep_node$lockstep_newline
      lockstep_hear "$lockstep_node" undone
      case $lockstep_arrived$lockstep_recent in
        *"$lockstep_newline$lockstep_node$lockstep_newline"*) return 0 ;;
      esac
      lockstep_fail "$lockstep_node" "ended before it said $lockstep_text"
      ;;
  esac
}

# Counts by node and text: a message that comes twice counts once.
lockstep_hear() {
  case $2 in
    failed | 'failed '*) lockstep_fail "$1" "${2#failed}" ;;
    "$lockstep_text") lockstep_arrive "$1" ;;
    *)
      # After a failure no barrier opens but the last one.
      [ -z "$failed_node" ] || [ "$2" = undone ] || return 0
      case $lockstep_passed in *"$lockstep_newline$2$lockstep_newline"*) return 0 ;; esac
      case $lockstep_heard in *"$lockstep_newline$1 $2$lockstep_newline"*) return 0 ;; esac
      lockstep_heard=$lockstep_heard$1\ $2$lockstep_newline
      ;;
  esac
}

# To look for each of a thousand names among the others takes longer than all the rest. Where many take part they are only
# counted, and compared once, when all seem to be there; when one came twice they are looked for after all.
lockstep_arrive() {
  if [ -n "$lockstep_searches" ]; then
    case $lockstep_arrived in *"$lockstep_newline$1$lockstep_newline"*) return 0 ;; esac
    lockstep_arrived=$lockstep_arrived$1$lockstep_newline
    lockstep_arrived_count=$((lockstep_arrived_count + 1))
    return 0
  fi
  lockstep_recent=$lockstep_recent$1$lockstep_newline
  lockstep_arrived_count=$((lockstep_arrived_count + 1))
  [ "$lockstep_arrived_count" -lt "$node_count" ] || lockstep_compare
  [ $((lockstep_arrived_count % 32)) -ne 0 ] || lockstep_collect
}

lockstep_collect() {
  lockstep_arrived=$lockstep_arrived$lockstep_recent
  lockstep_recent=
}

# Without a clear answer, as where nothing can be forked, none is trusted.
lockstep_compare() {
  lockstep_collect
  lockstep_different=$($lockstep_builtin printf '%s' "${lockstep_arrived#"$lockstep_newline"}" | LC_ALL=C sort -u | wc -l) || :
  if [ "$lockstep_different" -eq "$lockstep_arrived_count" ] 2>/dev/null; then return 0; fi
  lockstep_searches=1
  lockstep_again=${lockstep_arrived#"$lockstep_newline"}
  lockstep_arrived=$lockstep_newline
  lockstep_arrived_count=0
  while [ -n "$lockstep_again" ]; do
    lockstep_arrive "${lockstep_again%%"$lockstep_newline"*}"
    lockstep_again=${lockstep_again#*"$lockstep_newline"}
  done
}

# The first failure is the one that is named.
lockstep_fail() {
  [ -z "$failed_node" ] || return 0
  failed_node=$1
  # shellcheck disable=SC2034
  failed_reason=${2# }
}

lockstep_refuse() {
  $lockstep_builtin printf 'sync: %s\n' "$1" >&2
  return 64
}

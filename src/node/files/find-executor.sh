# shellcheck shell=sh disable=SC2034,SC2154
# With which program this node carries out a plan: perl, else python, else sh; where many_names is not empty, python before perl. perl and
# python do it in one process, while sh forks, for 5,000 files thousands of times. perl starts sooner; python makes sha256 itself, and
# takes less time for each file. And whether any program here makes a sha256.
# Defines: executor find_executor has_sha256 interpreter
# Needs: many_names

# Sets interpreter, and executor to the name of the program for it.
find_executor() {
  for interpreter in ${many_names:+python3 /usr/libexec/platform-python} perl python3 /usr/libexec/platform-python sh; do
    if command -v "$interpreter" >/dev/null 2>&1; then break; fi
  done
  case $interpreter in
    perl) executor=executor.pl ;;
    sh) executor=executor.sh ;;
    *) executor=executor.py ;;
  esac
}

# It looks for the programs that the executor uses (sums.pl, sums.sh); python has sha256 built in.
has_sha256() {
  case $executor in *.py) return 0 ;; esac
  for tool in openssl sha256sum shasum; do if command -v "$tool" >/dev/null; then return 0; fi; done
  case $executor in *.pl) perl -MDigest::SHA -e 1 2>/dev/null && return 0 ;; esac
  busybox sha256sum </dev/null >/dev/null 2>&1
}

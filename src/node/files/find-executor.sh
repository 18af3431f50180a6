# shellcheck shell=sh disable=SC2034
# With which program this node carries out a plan: perl, else python, else sh. perl and python do it in one process, while sh forks, for
# 5,000 files thousands of times. And whether any program here makes a sha256.
# Defines: executor find_executor has_sha256 interpreter

# Sets interpreter, and executor to the name of the program for it.
find_executor() {
  for interpreter in perl python3 /usr/libexec/platform-python sh; do
    if command -v "$interpreter" >/dev/null 2>&1; then break; fi
  done
  case $interpreter in
    perl) executor=executor.pl ;;
    sh) executor=executor.sh ;;
    *) executor=executor.py ;;
  esac
}

# It looks for the programs that the executors use (sums.pl, sums.py, sums.sh); python has sha256 built in.
has_sha256() {
  for tool in openssl sha256sum shasum; do if command -v "$tool" >/dev/null; then return 0; fi; done
  if command -v perl >/dev/null; then
    perl -MDigest::SHA -e 1 2>/dev/null && return 0
  elif command -v python3 >/dev/null || command -v /usr/libexec/platform-python >/dev/null; then
    return 0
  fi
  busybox sha256sum </dev/null >/dev/null 2>&1
}

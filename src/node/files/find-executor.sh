# shellcheck shell=sh disable=SC2034
# What this node carries a plan out with: the first program that it has, one process where that is perl or python, as 5,000 files would be
# thousands of forks otherwise; and whether anything here tells a sha256.
# Defines: executor find_executor has_sha256 interpreter

# Sets interpreter, and executor to what it runs.
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

# As those programs choose; python has it in itself.
has_sha256() {
  for tool in openssl sha256sum shasum; do if command -v "$tool" >/dev/null; then return 0; fi; done
  if command -v perl >/dev/null; then
    perl -MDigest::SHA -e 1 2>/dev/null && return 0
  elif command -v python3 >/dev/null || command -v /usr/libexec/platform-python >/dev/null; then
    return 0
  fi
  busybox sha256sum </dev/null >/dev/null 2>&1
}

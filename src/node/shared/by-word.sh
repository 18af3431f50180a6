# shellcheck shell=sh disable=SC2034,SC2062,SC2086,SC2231
# Finds processes by a whole word of their arguments or of their environment, in which NULs stand between words.
# Defines: find_by found

# Sets found to /proc/PID/$2 of each process that has $1 there. The word goes through stdin, so that grep does not find itself. Without -z
# the grep of busybox sees nothing behind the first NUL; where it is built without -z it says so, as no path does, with a colon.
find_by() {
  found=$(printf %s "$1" | grep -lszwF -f - /proc/[0-9]*/$2 2>&1)
  case $found in *:*) found=$(for file in /proc/[0-9]*/$2; do tr '\000' '\n' <$file | grep -qwFe "$1" && echo $file; done 2>/dev/null) ;; esac
}

# shellcheck shell=sh disable=SC2154
# Checks, when the plan is made, whether tar has kept the xattrs that were sent. Prints what prove.py prints, or none where neither perl nor
# python can look.
base=tree
[ -d tree ] || base=above$missing
for program in 'perl prove-xattrs.pl' 'python3 prove-xattrs.py' '/usr/libexec/platform-python prove-xattrs.py'; do
  command -v "${program%% *}" >/dev/null || continue
  # shellcheck disable=SC2086
  found=$($program "$base" "${existing%/}$missing" 2>/dev/null) && echo "$found" && exit
done
echo none

# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# What was sent.

# Without a list of what was sent, that which is staged is what shall be there, on all mounts. Directories that are there stay as they are.
# survey DIR PREFIX
survey() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    exists "$entry" || continue
    # shellcheck disable=SC2046
    set -- "$1" "$2" $(stat -c '%f %u:%g %s %Y %y' -- "$entry")
    time_of "$6" "$8"
    member="member $3 $4 $5 $time -" link=''
    if [ -L "$entry" ]; then target_of "$entry"; fi
    quote "$2${entry##*/}"
    member="$member $quoted"
    quote "$link"
    if ! is_directory "$entry" || [ ! -d "$destination/$2${entry##*/}" ]; then printf '%s\n' "$member $quoted" || return 1; fi
    is_directory "$entry" || continue
    stage_path "$2${entry##*/}"
    set -- "$1" "$2" "$3" "$staged"
    if [ "$uid" = 0 ] || { [ -r "$4" ] && [ -w "$4" ] && [ -x "$4" ]; }; then
      survey "$4" "$2${entry##*/}/" || return 1
    else
      chmod -- u+rwx "$4" && survey "$4" "$2${entry##*/}/" && chmod -- "0000$(printf %o "$((0x$3 & 07777))")" "$4" || return 1
    fi
  done
}

target_of() {
  link=$(readlink -- "$1" && echo .)
  link=${link%"$n."}
}

# shellcheck shell=sh disable=SC1091,SC2034,SC2119,SC2120,SC2154,SC2317
# The list of what was sent, and the list that is made where none came.

# survey DIR PREFIX: writes a list of all staged members to descriptor 5, for files that came without one, as with a sync tool of another
# make. Directories that the destination has are left out: they stay as they are.
survey() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    is_name "$entry" "$1" || continue
    # shellcheck disable=SC2046
    set -- "$1" "$2" $(stat -c '%f %u:%g %s %Y %y' -- "$entry")
    time_of "$6" "$8"
    member="member $3 $4 $5 $time -" link=''
    if [ -L "$entry" ]; then target_of "$entry"; fi
    quote "$2${entry##*/}"
    member="$member $quoted"
    quote "$link"
    if ! is_directory "$entry" || [ ! -d "$destination/$2${entry##*/}" ]; then printf '%s\n' "$member $quoted" >&5 || return 1; fi
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

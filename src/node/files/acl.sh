# shellcheck shell=sh disable=SC2154
# A directory with a default ACL gives its entries to all that is made in it, and so to a stage and all files in that. But an uploaded
# file shall have just the mode that it was sent with: entries for the place of the stage do not fit the place where the file goes.
# Defines: refuse_stage take_off_acl
# Needs: entered give_up give_up_filling

# Takes the ACL off the stage that this shell has entered. With busybox this does nothing: its ls does not show whether there is one.
take_off_acl() {
  case $entered in ??????????+*) ;; *) return 0 ;; esac
  setfacl -bk . 2>/dev/null && chmod 700 . || return 3
}

# refuse_stage CODE STAGE: gives up on a stage that could not be entered and marked, and says why.
refuse_stage() {
  [ "$1" != 3 ] || give_up "$2 gets the default ACL of the directory above it, and setfacl, which could take it off, is not installed on this node"
  give_up_filling "$2" "$2 is not as it was made"
}

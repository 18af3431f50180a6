# shellcheck shell=sh disable=SC2154
# A directory with a default ACL gives its entries to whatever is made in it, and so to a stage and all that is put there. What is
# uploaded has the mode that it was sent with, and no more: entries for the place of the stage are none for where it will lie.
# Defines: refuse_stage take_off_acl
# Needs: entered give_up give_up_filling

# Of the stage that this shell has entered. The ls of busybox does not show whether there is one.
take_off_acl() {
  case $entered in ??????????+*) ;; *) return 0 ;; esac
  setfacl -bk . 2>/dev/null && chmod 700 . || return 3
}

# refuse_stage CODE STAGE: why a stage could not be entered and marked.
refuse_stage() {
  [ "$1" != 3 ] || give_up "$2 gets the default ACL of the directory above it, and setfacl, which could take it off, is not installed on this node"
  give_up_filling "$2" "$2 is not as it was made"
}

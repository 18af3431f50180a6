# A worker's job: runs the one command that it is given, with all three streams untouched.
(eval "$5")
exit "$?"

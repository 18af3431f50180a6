# A worker's job: runs the one command that it is given, with all three streams untouched.
# A shell reports a killed child on its own stderr, where only the command is to speak.
exec 4>&2 2>/dev/null
(${tmout:+export "TMOUT=$tmout"}; eval "$5") 2>&4 4>&-
exit "$?"

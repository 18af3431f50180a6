# shellcheck shell=sh
# A keeper runs this when its run ends badly: lockstep-recover RUN [keep].
# Needs: recover
recover "$@"

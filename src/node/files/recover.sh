# shellcheck shell=sh
# What a keeper runs when its run ends badly: lockstep-recover RUN [keep].
# Needs: recover
recover "$@"

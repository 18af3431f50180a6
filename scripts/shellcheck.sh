#!/usr/bin/env bash
# Runs shellcheck over every shell script of the project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# bash where the first line says so; all else is sh, above all the texts that are sent to nodes, whatever sh these have.
main() {
  local path status=0
  while IFS= read -r path; do
    if head -n 1 "$path" | grep -qa bash; then
      shellcheck --shell=bash "$path" || status=1
    else
      shellcheck --shell=sh "$path" || status=1
    fi
  done < <(shell_scripts)
  return "$status"
}

# By name, or by what the first line says it is.
shell_scripts() {
  local path
  while IFS= read -r path; do
    if [[ $path == *.sh ]] || head -n 1 "$path" | grep -qaE '^#!.*[/ ](ba|da)?sh( |$)'; then printf '%s\n' "$path"; fi
  done < <(project_files)
}

project_files() {
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard | while IFS= read -r path; do
      if [[ -f $path ]]; then printf '%s\n' "$path"; fi
    done
  else
    find . \( -name .git -o -name node_modules -o -name dist \) -prune -o -type f -print
  fi
}

main

/** The completion script of zsh: it asks lockstep, and completes by itself what zsh knows better. */
export const ZSH_COMPLETION = `#compdef lockstep
# zsh completion for lockstep. In ~/.zshrc, after compinit: eval "$(lockstep completion zsh)"

_lockstep() {
  local kind before line
  local -a lines names shown
  lines=("\${(@f)$("\${words[1]}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  IFS=$'\\t' read -r kind before <<<"\${lines[1]}"
  for line in "\${(@)lines[2,-1]}"; do
    names+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  -- }")
  done
  (($#names)) && compadd -l -d shown -a names
  [[ -n $before ]] && compset -P "\${(b)before}"
  case $kind in
    command) _command_names -e ;;
    file) _files ;;
    directory) _files -/ ;;
    user) _users ;;
  esac
}

if [[ \${funcstack[1]-} == _lockstep ]]; then
  _lockstep "$@"
else
  compdef _lockstep lockstep
fi
`;

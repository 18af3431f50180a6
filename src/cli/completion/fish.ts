/** The completion script of fish: it asks lockstep, and completes by itself what fish knows better. */
export const FISH_COMPLETION = `# fish completion for lockstep. In ~/.config/fish/config.fish: lockstep completion fish | source

function __lockstep_complete
    set -l typed (commandline -ct)
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l lines ($program __complete $words "$typed" 2>/dev/null)
    set -l asked (string split \\t -- $lines[1])
    set -e lines[1]
    string join \\n -- $lines
    set -l value (string sub -s (math (string length -- "$asked[2]") + 1) -- "$typed")
    switch "$asked[1]"
        case command
            __fish_complete_command
        case file
            __fish_complete_path "$value" | string replace -r '^' -- "$asked[2]"
        case directory
            __fish_complete_directories "$value" '' | string replace -r '^' -- "$asked[2]"
        case user
            __fish_complete_users | string replace -r '^' -- "$asked[2]"
    end
end

complete -c lockstep -f -a '(__lockstep_complete)'
`;

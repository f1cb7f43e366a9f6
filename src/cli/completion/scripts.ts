/** What `rollcall completion request -- …` answers instead of words where the shell is to offer files. */
export const FILES = ':files'

const REQUEST = 'rollcall completion request --'

/** Splits the line at blanks, because bash itself splits words at colons too. Works from bash 3.2 on, as macOS has it. */
const bash = `# Completion of rollcall for bash: source <(rollcall completion bash)
_rollcall() {
  local line="\${COMP_LINE:0:COMP_POINT}" shown="\${COMP_WORDS[COMP_CWORD]}" words current head candidate
  read -ra words <<< "$line"
  case "$line" in *[[:space:]]) words+=("") ;; esac
  current="\${words[\${#words[@]}-1]}"
  case "$shown" in [:=]) shown="" ;; esac
  head="\${current%"$shown"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    if [ "$candidate" = "${FILES}" ]; then
      compopt -o filenames 2> /dev/null
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$shown")
      return
    fi
    COMPREPLY+=("\${candidate#"$head"}")
  done < <(${REQUEST} "\${words[@]:1}" 2> /dev/null)
}
complete -F _rollcall rollcall
`

const zsh = `#compdef rollcall
# Completion of rollcall for zsh: source <(rollcall completion zsh), or a file _rollcall in a folder of $fpath
_rollcall() {
  local -a lines candidates
  local line
  lines=("\${(@f)$(${REQUEST} "\${(@Q)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ "$lines[1]" == "${FILES}" ]]; then
    _files
    return
  fi
  for line in "\${(@)lines:#}"; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( $#candidates )) && _describe rollcall candidates
}
if [[ "$funcstack[1]" == _rollcall ]]; then
  _rollcall "$@"
else
  compdef _rollcall rollcall
fi
`

const fish = `# Completion of rollcall for fish: rollcall completion fish | source
function __rollcall_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (${REQUEST} $words[2..-1] 2> /dev/null)
    if test "$lines[1]" = "${FILES}"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c rollcall -f -a '(__rollcall_complete)'
`

/** The completion script of each shell. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish }

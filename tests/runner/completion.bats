load ../helper

# skein completion: scripts that complete command lines.

# complete WORD...: what bash would offer for the last of them.
complete_() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _skein
  output=" ${COMPREPLY[*]} "
}

@test "bash is offered commands, flags and their values, settings and theirs, documents" {
  skein completion bash >script
  source ./script
  complete_ skein ""
  has " run check "
  has " completion help "
  complete_ skein run --o
  [ "$output" = " --output --only " ]
  complete_ skein cache list --sort ""
  [ "$output" = " age size time name " ]
  complete_ skein cache sho
  [ "$output" = " show " ]
  complete_ skein run --set buf                # readline splits at = by itself
  [ "$output" = " buffer= " ]
  complete_ skein run --set buffer = ""
  [ "$output" = " line full " ]
  complete_ skein run --color = al
  [ "$output" = " always " ]
  complete_ skein config --json line
  [ "$output" = " line-directives " ]
  complete_ skein help unknown-set
  [ "$output" = " unknown-setting " ]
  mkdir docs
  touch 'two words.md' a.md a.c
  complete_ skein run ""
  [ "$output" = " a.md docs two words.md " ] || [ "$(tr ' ' '\n' <<<"$output" | sort | xargs)" = "a.md docs two words.md" ]
  lacks a.c
  complete_ skein run -o a
  has a.c
  rm a.md
  skein init -q project
  complete_ skein init pro
  [ "$output" = " project " ]
  complete_ skein run project/notebook.md --only ""     # its cells
  [ "$output" = " 1 2 test " ]
  complete_ skein tangle project/notebook.md --only m   # its names
  [ "$output" = " mean " ]
  complete_ skein run --set fails = cr
  [ "$output" = " crash " ]
  # every command and flag that there is
  for c in $(skein --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -vx cache); do
    [[ " $_skein_commands " == *" $c "* ]]
    [ "$(_skein_flags "$c" | tr ' ' '\n')" = "$(skein "$c" --help | sed -nE 's/^  (-., )?(--[a-z-]+).*/\2/p')" ]
  done
}

@test "zsh and fish have a script each, which they can read" {
  skein completion zsh >_skein
  skein completion fish >skein.fish
  grep -q '^#compdef skein$' _skein
  grep -qF "complete -c skein -n '__fish_seen_subcommand_from run' -l jobs -s j -x -d " skein.fish
  grep -qF 'echo buffer=full' skein.fish
  grep -qF "complete -c skein -n '__fish_seen_subcommand_from check' -l only -x -a '(__skein_cells)' -d " skein.fish
  ! command -v zsh >/dev/null || zsh -n _skein
  ! command -v fish >/dev/null || fish --no-execute skein.fish
  run -2 skein completion tcsh
  has "one of bash, zsh and fish"
}

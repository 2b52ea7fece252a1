load ../helper

# What skein says: examples/broken has a page for each message, `skein help`
# knows them all.

@test "examples/broken has what skein says" {
  cd "$SKEIN_TOP"
  run -0 skein check -q -C . --set env=SKEIN_CACHE_DIR examples/broken
}

@test "help explains a message by its id, in brackets too, and shows its example" {
  run -0 --separate-stderr skein help missing-block
  has "[missing-block] is an error (exit status 3) or a warning"
  has "A reference names no block."
  has $'missing-block.md:\n\n    # Notes'
  has "    missing-block.md:6:4: error: no block is named 'parse'"
  has "(exit status 3)"
  [ -z "$stderr" ]
  said=$output
  run -0 skein help '[missing-block]'
  [ "$output" = "$said" ]
}

@test "help explains options, commands and exit codes, and lists what there is" {
  run -0 skein help timeout                       # a message and an option
  has "[timeout] is an error (exit status 5)"
  has "a time such as 500ms, 10s, 2m, or none; of a block or a document; default: 10s"
  run -0 skein help tangle
  has "usage: skein tangle"
  run -0 skein help exit-codes
  has "6       A path, flag or program was refused."
  run -0 skein help options
  has $'\noutput-limit     bytes of a stream that stand in the document\n'
  run -0 skein help messages
  has $'\nReferences and names\n'
  has $'\n  cycle              A block contains itself\n'
  run -2 skein help mising-block
  has "there is no help on 'mising-block'; did you mean 'missing-block'? [usage]"
  run -2 skein help tagnle
  has "did you mean 'tangle'?"
}

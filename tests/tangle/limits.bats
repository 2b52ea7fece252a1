load ../helper

@test "a document over the limit is refused before it is read, and the message has the way" {
  truncate -s 1G big.md
  run -7 timeout 20 skein tangle big.md
  has "big.md: error: the document has 1073741824 bytes, and 67108864 are allowed: --max-document=1025M allows more [too-large]"
  printf -- "'''c {file=a.c}\nint x;\n'''\n" | doc a.md
  run -7 skein tangle --max-document=10 a.md
  has "[too-large]"
  [ ! -e a.c ]
  skein tangle --max-document=1M a.md
  same a.c <<<'int x;'
  run -2 skein list --max-document=large a.md
  has "is no size"
}

@test "what would be nested too deep, or goes on for too long, is refused; nothing else is" {
  printf '%.0s> ' {1..1001} >a.md
  run -7 skein list a.md
  has "a.md:1:1: error: lists and quotes are nested more than 1000 deep [too-deep]"
  { printf '%.0s- ' {1..999}; printf 'x\n'; } >b.md
  skein list b.md
  # Twice as many kinds of lines as can be left out, each wide.
  printf -v wide '> %100000s' ''
  for i in {1..110}; do printf '%sx\n%sy\n> # h\n' "$wide" "$wide"; done >c.md
  run -7 skein list c.md
  has "c.md:1:1: error: this list, quote or HTML is too long"
  has "[too-long]"
}

@test "a watchdog ends the program, should a document take for ever" {
  run "$SKEIN_BUILD/tests/unit/watchdog"	# [too-slow]
  [ "$status" = 0 ]
}

@test "scan, skeleton and chunks find what libcmark finds in the whole text, byte for byte" {
  run timeout 100 "$SKEIN_BUILD/tests/fuzz/document" "${SKEIN_SEED:-1}" 2
  has " documents, "
  [ "$status" = 0 ]
}

load ../helper

# A sample; the whole is `tests/faults/sweep BUILD`.
sweep() {
  run "$SKEIN_TOP/tests/faults/sweep" -n 4 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD" "$1"
  [ "$status" != 77 ] || skip "strace cannot trace here"
  echo "$output"
  [ "$status" = 0 ]
  has '4 points, 0 failed'
}

@test "a fault or a kill while a document is replaced loses nothing" {
  sweep replace
}

@test "a fault or a kill while a file is made leaves it whole or absent" {
  sweep create
}

@test "a fault or a kill while targets are written leaves each old or new" {
  sweep tangle
}

@test "a fault or a kill while targets are removed leaves the rest alone" {
  sweep clean
}

@test "a fault or a kill in skein tangle itself leaves each target old or new" {
  sweep skein
}

@test "a fault or a kill loses nothing in a first run, with --force, in clean and run" {
  run "$SKEIN_TOP/tests/faults/sweep" -n 3 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD" first force gone run
  [ "$status" != 77 ] || skip "strace cannot trace here"
  echo "$output"
  [ "$status" = 0 ]
  has '12 points, 0 failed'
}

@test "kills at random times: each target is old or new, and the next run is without a conflict" {
  run -0 "$SKEIN_TOP/tests/faults/kills" -n 120 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD"
  has '120 killed, 0 wrong'
}

@test "a folder and a link that leads out change names all the time: nothing is written outside" {
  run -0 "$SKEIN_TOP/tests/faults/swap" -n 30000 "$SKEIN_BUILD"
  has ' 0 outside'
}

@test "random orders of edits and commands lose no edit" {
  run -0 "$SKEIN_TOP/tests/faults/orders" -n 12 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD"
  has ' 0 wrong'
}

@test "a power cut at any moment: documents and targets are whole, and no target is unknown" {
  run "$SKEIN_TOP/tests/faults/powercut" "$SKEIN_BUILD"
  [ "$status" != 77 ] || skip "strace cannot trace here"
  echo "$output"
  [ "$status" = 0 ]
  has ' states, 0 wrong'
}

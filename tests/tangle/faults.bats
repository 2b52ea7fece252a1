load ../helper

# A sample; the whole is `tests/faults/sweep BUILD`.
sweep() {
  run "$SKEIN_TOP/tests/faults/sweep" -n 6 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD" "$1"
  [ "$status" != 77 ] || skip "strace cannot trace here"
  echo "$output"
  [ "$status" = 0 ]
  has '6 points, 0 failed'
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

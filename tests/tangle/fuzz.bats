load ../helper

# A second of each; the whole is `make fuzz`, and what is true there stands in
# the sources.

harness() {
  run timeout 60 "$SKEIN_BUILD/tests/fuzz/$1" "${SKEIN_SEED:-1}" 1
  echo "$output"
  [ "$status" = 0 ]
}

@test "expansion of any document is what the plainest way gives, of the size that was summed" {
  harness expand
}

@test "options of any info string and front matter stand where they are said to" {
  harness infostring
  harness frontmatter
}

@test "any output beside any recorded one: what is written matches, and what matches stays" {
  harness compare
}

@test "any manifest is read back as it was written, or refused" {
  harness manifest
}

@test "any arguments end with a documented status" {
  harness arguments
}

@test "any text of Lua ends, with the same each time" {
  harness script
}

# A sample; the whole is `tests/faults/memory BUILD`.
@test "out of memory is one message and status 8, and each target is old or new" {
  run "$SKEIN_TOP/tests/faults/memory" -n 24 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD"
  echo "$output"
  [ "$status" = 0 ]
}

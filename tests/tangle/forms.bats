load ../helper

@test "every way to write options comes out as forms.txt says" {
  python3 "$SKEIN_TOP/tests/tangle/forms.py" "$SKEIN_TOP/tests/tangle/forms.txt" >got
  diff -u "$SKEIN_TOP/tests/tangle/forms.txt" got
}

@test "the table of renderers in docs/fences.md is what they make of each form" {
  PATH=/usr/bin:$PATH run python3 "$SKEIN_TOP/tests/tangle/renderers.py" "$SKEIN_TOP/docs/fences.md"
  echo "$output"
  [ "$status" = 0 ]
  has "renderers: "
}

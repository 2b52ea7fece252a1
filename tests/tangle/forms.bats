load ../helper

@test "every way to write options comes out as forms.txt says" {
  python3 "$SKEIN_TOP/tests/tangle/forms.py" "$SKEIN_TOP/tests/tangle/forms.txt" >got
  diff -u "$SKEIN_TOP/tests/tangle/forms.txt" got
}

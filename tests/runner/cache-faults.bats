load ../helper

# A sample of tests/faults/sweep, and of what it found.

@test "a fault or a kill at a call on the cache costs no output, and leaves nothing" {
  run "$SKEIN_TOP/tests/faults/sweep" -n 3 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD" known
  [ "$status" != 77 ] || skip "strace cannot trace here"
  echo "$output"
  [ "$status" = 0 ]
  has '3 points, 0 failed'
}

# at CALL FAULT COMMAND...: under strace, with the fault at its first call; its end is in $status.
at() {
  local call=$1 fault=$2
  shift 2
  export ASAN_OPTIONS=detect_leaks=0	# cannot trace while traced
  run strace -qq -o /dev/null -e "inject=$call:$fault" "$@"
  [[ $output != *ptrace* ]] || skip 'strace cannot trace here'
}

@test "a collector that is killed while it writes down a sum leaves nothing for the next one" {
  skein cache gc -q
  at renameat signal=KILL skein cache gc
  [ "$status" = 137 ]
  [ -n "$(ls .cache/t)" ]
  skein cache gc -q
  [ -z "$(ls .cache/t)" ]
}

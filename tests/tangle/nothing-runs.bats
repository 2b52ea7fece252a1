load ../helper

# The whole is `tests/faults/reading BUILD`.
@test "a document that wants to be run runs nothing when it is tangled, listed or cleaned" {
  run "$SKEIN_TOP/tests/faults/reading" -n 2 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD"
  echo "$output"
  [ "$status" = 0 ]
  has '3 documents of'
}

@test "only commands that run something keep the right to" {
  doc a.md <<'END'
'''c {file=a.c}
int a;
'''
END
  SKEIN_TRACE=confine run -0 skein tangle a.md
  [[ $output != *'has no filter'* ]] || skip "$output"
  for command in 'tangle --check' list 'list --json' clean why 'cache list' 'cache stats' 'help tangle' 'config' 'completion bash' 'init new'; do
    words=($command)
    case $command in *cache* | help* | completion* | init*) ;; *) words+=(a.md) ;; esac
    SKEIN_TRACE=confine run -0 skein "${words[@]}"
    has 'confine: the kernel refuses to start anything for us'
  done
  for command in run check 'doctor --help'; do
    SKEIN_TRACE=confine run -0 skein $command a.md
    lacks confine:
  done
}

@test "a cell's own answer to what an edit compiles starts no compiler" {
  doc a.md <<'END'
'''c
int a = 1;
a
'''
END
  skein run -q a.md
  run -0 skein why a.md 1
  lacks refused-call
}

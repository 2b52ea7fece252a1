# Loaded by every Bats file: `load ../helper`.
#
# Each test stands in a folder of its own, with the build under test first on
# PATH, a cache of its own, and nothing of the caller's settings.

bats_require_minimum_version 1.5.0

SKEIN_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SKEIN_BUILD=${SKEIN_BUILD:-$SKEIN_TOP/build/${B:-release}}
export SKEIN_TOP SKEIN_BUILD

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  PATH=$SKEIN_BUILD:$PATH
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/.cache XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/.config
  unset SKEIN_TRACE SKEIN_MEM_FAIL NO_COLOR CPATH C_INCLUDE_PATH LIBRARY_PATH MAKEFLAGS MFLAGS MAKELEVEL
  export LC_ALL=C.UTF-8 TZ=UTC
  export ASAN_OPTIONS=detect_leaks=${SKEIN_LEAKS:-1}
}

# doc FILE: the document on standard input, with each ''' turned into ```
# (so that here-documents in tests need no escapes).
doc() {
  sed "s/'''/\`\`\`/g" >"$1"
}

# same FILE: its content equals standard input, which a here-document takes from a pipe.
same() {
  diff -u - "$1"
}

# shellcheck disable=SC2154  # run sets it
# has TEXT: the output of the last `run` holds TEXT.
has() {
  [[ $output == *"$1"* ]] || { printf 'not in the output: %s\n--- output:\n%s\n' "$1" "$output"; return 1; }
}

# shellcheck disable=SC2154
# lacks TEXT: the output of the last `run` does not hold TEXT.
lacks() {
  [[ $output != *"$1"* ]] || { printf 'should not be in the output: %s\n--- output:\n%s\n' "$1" "$output"; return 1; }
}

# done_or_killed COMMAND...: it succeeds or is killed by SIGKILL; nothing else may happen.
done_or_killed() {
  local status=0
  "$@" || status=$?
  [ "$status" = 0 ] || [ "$status" = 137 ] || { echo "status $status: $*"; return 1; }
}

# ended PID STATUS: wait for a child, which has to end with that status.
ended() {
  local status=0
  wait "$1" || status=$?
  [ "$status" = "$2" ] || { echo "process $1: status $status, not $2"; return 1; }
}

load helper

# What packagers rely on: docs/packaging.md.

setup() {
  cd "$SKEIN_TOP" || return 1
  PATH=$SKEIN_BUILD:$PATH
  unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR SOURCE_DATE_EPOCH
  to=$BATS_TEST_TMPDIR/to
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/.cache XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/.config
}

installing() {
  make -s B="${SKEIN_BUILD##*/}" "$@" DESTDIR="$to"
}

@test "what make install puts somewhere runs from there, twice is as once, and uninstall takes it away" {
  (umask 077; installing install PREFIX=/usr)
  (cd "$to" && find . -printf '%y %m %p %l\n' | sort) >"$BATS_TEST_TMPDIR/once"
  installing install PREFIX=/usr
  (cd "$to" && find . -printf '%y %m %p %l\n' | sort) | diff "$BATS_TEST_TMPDIR/once" -
  run find "$to" ! -type l ! -perm -444		# whatever umask says
  [ -z "$output" ]
  [ "$(readlink "$to/usr/lib/libskein.so")" = "$(basename "$to"/usr/lib/libskein.so.*)" ]
  for page in docs/*.[137]; do
    [ -s "$to/usr/share/man/man${page##*.}/${page##*/}" ] || { echo "$page is not installed"; return 1; }
  done
  [ -x "$to/usr/share/doc/skein/examples/course/grade" ]
  for file in examples/tour.md docs/lua.md LICENSE; do cmp "$file" "$to/usr/share/doc/skein/$file"; done
  cmp <(skein completion bash) "$to/usr/share/bash-completion/completions/skein"
  cmp <(skein completion zsh) "$to/usr/share/zsh/site-functions/_skein"
  cmp <(skein completion fish) "$to/usr/share/fish/vendor_completions.d/skein.fish"
  printf '```c\n#include <skein.h>\nSKEIN_VERSION_ABI\n```\n' >"$BATS_TEST_TMPDIR/a.md"
  run -0 "$to/usr/bin/skein" run -o - "$BATS_TEST_TMPDIR/a.md"
  has $'```output\n1\n```'
  : >"$to/usr/lib/skein/mine"
  installing uninstall PREFIX=/usr
  run find "$to" ! -type d
  [ "$output" = "$to/usr/lib/skein/mine" ]		# what is not ours stays, with its folder
  run find "$to" -path '*skein*'
  [ "$output" = "$to/usr/lib/skein"$'\n'"$to/usr/lib/skein/mine" ]
}

@test "each folder has a name of its own, and skein.pc knows them and moves with its tree" {
  installing install -n PREFIX=/opt/x libdir=/opt/x/lib/triplet mandir=/opt/man includedir=/opt/x/inc >"$BATS_TEST_TMPDIR/said"
  grep -q "$to/opt/x/lib/triplet/libskein.so" "$BATS_TEST_TMPDIR/said"
  grep -q "$to/opt/man/man3" "$BATS_TEST_TMPDIR/said"
  grep -q "$to/opt/x/inc/skein" "$BATS_TEST_TMPDIR/said"
  run grep -F "'$to/usr" "$BATS_TEST_TMPDIR/said"
  [ -z "$output" ]
  command -v pkg-config >/dev/null || skip "pkg-config is not installed"
  mkdir -p "$to/moved/lib/triplet/pkgconfig"
  make -s O="$BATS_TEST_TMPDIR/o" "$BATS_TEST_TMPDIR/o/packaging/skein.pc" PREFIX=/opt/x libdir=/opt/x/lib/triplet includedir=/opt/x/inc
  mv "$BATS_TEST_TMPDIR/o/packaging/skein.pc" "$to/moved/lib/triplet/pkgconfig"
  export PKG_CONFIG_PATH=$to/moved/lib/triplet/pkgconfig
  run -0 pkg-config --libs-only-L skein
  [ "$(realpath $(sed "s/-L//" <<<"$output"))" = "$(realpath "$to/moved/lib/triplet")" ]
  run -0 pkg-config --cflags skein
  has "/../../../inc"
  run -0 pkg-config --libs skein
  lacks nettle
  run -0 pkg-config --static --libs skein
  has -lnettle
  run -0 pkg-config --modversion skein
  [ "skein $output" = "$(skein --version)" ]
}

# A whole build takes a minute: make reproducible does that.
@test "the same bytes come out in another folder, under another name of everything" {
  case $SKEIN_BUILD in *asan | *tiny) skip "it is the release that is packaged" ;; esac
  mkdir -p "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b/deeper"
  for at in a b/deeper; do
    cp -r Makefile packaging.mk CHANGELOG.md docs examples tangle runner "$BATS_TEST_TMPDIR/$at/"
    (cd "$BATS_TEST_TMPDIR/$at" && TZ=Asia/Tokyo make -s CC=gcc build/release/tangle/base/arena.o build/release/drivers.c \
      build/release/lua/chunk.o build/release/skein-messages.7)
  done
  cd "$BATS_TEST_TMPDIR" || return 1
  n=0
  for f in tangle/base/arena.o drivers.c lua/chunk.o skein-messages.7; do
    cmp "a/build/release/$f" "b/deeper/build/release/$f"
    n=$((n + 1))
  done
  [ "$n" = 4 ]
}

@test "make dist gives the same bytes from a clone and from what it made, and holds what is needed" {
  git ls-files --error-unmatch Makefile >/dev/null 2>&1 || skip "not a clone"
  git clone -q . "$BATS_TEST_TMPDIR/clone"
  make -s -C "$BATS_TEST_TMPDIR/clone" dist
  mkdir "$BATS_TEST_TMPDIR/from"
  (umask 077; tar -xzf "$BATS_TEST_TMPDIR"/clone/build/skein-*.tar.gz -C "$BATS_TEST_TMPDIR/from")
  cd "$BATS_TEST_TMPDIR"/from/skein-* || return 1
  make -s dist
  cmp build/*.tar.gz "$BATS_TEST_TMPDIR"/clone/build/*.tar.gz
  run tar -tvf build/*.tar.gz
  has 'skein-'
  lacks ' root'
  for file in packaging.mk README.md tests/run examples/tour.md docs/skein-messages.7; do [ -s "$file" ]; done
}

@test "the caller's CFLAGS take nothing away, -flto is undone, and Lua is found by its other names" {
  mkdir "$BATS_TEST_TMPDIR/pc"
  for name in $(make -s -f - told <<<$'include Makefile\ntold:; @echo $(PKG) libffi'); do
    pkg-config --exists "$name" || skip "$name is not here"
    printf 'Name: %s\nDescription: one\nVersion: 5.4.9\nLibs: -l%s\n' "$name" "$name" >"$BATS_TEST_TMPDIR/pc/$name.pc"
  done
  mv "$BATS_TEST_TMPDIR"/pc/lua*.pc "$BATS_TEST_TMPDIR/pc/lua.pc"
  PKG_CONFIG_LIBDIR=$BATS_TEST_TMPDIR/pc run -0 make -n O="$BATS_TEST_TMPDIR/o" CFLAGS='-O1 -flto' "$BATS_TEST_TMPDIR/o/runner/cli/cmd_doctor.o"
  has ' -O1 -flto -fno-lto '
  has 'lua=5.4.9, '
}

@test "docs/packaging.md lists each folder with the default that packaging.mk has" {
  diff <(sed -nE 's/^([a-z]+dir) +\?= (.*)/\1 \2/p' packaging.mk | sort) \
    <(sed -nE 's/^\| `([a-z]+dir)` \| `([^`]*)`.*/\1 \2/p' docs/packaging.md | sort) >"$BATS_TEST_TMPDIR/differs" ||
    { cat "$BATS_TEST_TMPDIR/differs"; return 1; }
  grep -q 'bindir' packaging.mk
}

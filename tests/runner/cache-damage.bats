load ../helper

build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

# one_object: the only object in the cache, made writable.
one_object() {
  find .cache/o -type f -exec chmod u+w {} + -print
}

setup_object() {
  printf '# 1 "a"\nint f(void) { return 1; }\n' >a.c
  build a.c
  object=$(one_object)
}

@test "an object with a flipped bit is compiled again and counted" {
  setup_object
  printf '\377' | dd of="$object" bs=1 seek=4100 conv=notrunc status=none
  build a.c
  has 'a.c: new object (the stored object was damaged)'
  has '1 published 1 damaged'
  build a.c
  has 'a.c: reused object'
  has '0 damaged'
}

@test "a cut object is compiled again" {
  setup_object
  truncate -s 1000 "$object"
  build a.c
  has 'the stored object was damaged'
  build a.c
  has reused
}

@test "an empty object is compiled again" {
  setup_object
  : >"$object"
  build a.c
  has 'the stored object was damaged'
}

@test "an object that is gone is compiled again" {
  setup_object
  rm "$object"
  build a.c
  has 'the stored object is gone'
  build a.c
  has reused
}

@test "an object that became a FIFO, a link or a folder does no harm" {
  setup_object
  rm "$object" && mkfifo "$object"
  build a.c
  [ "$status" = 0 ]
  has 'new object'
  rm -rf "$object" && ln -s /etc/passwd "$object"
  build a.c
  [ "$status" = 0 ]
  has 'new object'
  rm -rf "$object" && mkdir "$object"
  build a.c
  [ "$status" = 0 ]
  has 'new object'
}

@test "a damaged manifest, result, list of inputs or memo is like none" {
  setup_object
  find .cache/m .cache/a .cache/i .cache/memo.* -type f | while read -r file; do
    chmod u+w "$file"
    printf x | dd of="$file" bs=1 seek=20 conv=notrunc status=none
    build a.c
    [ "$status" = 0 ]
    build a.c
    has reused
  done
}

@test "a cache that others can write to is refused" {
  mkdir -m 777 .cache
  printf 'int x;\n' >a.c
  build a.c
  [ "$status" = 8 ]
  has "[unsafe-cache]"
}

@test "a cache of another user is refused" {
  [ "$(id -u)" = 0 ] || skip 'only root can give a folder away'
  mkdir -m 700 .cache
  chown 65534 .cache
  printf 'int x;\n' >a.c
  build a.c
  [ "$status" = 8 ]
  has "[unsafe-cache]"
}

@test "a cache that cannot be made costs a warning and no more" {
  : >file
  printf 'int x;\n' >a.c
  SKEIN_CACHE_DIR=$PWD/file/below build a.c
  [ "$status" = 0 ]
  has 'a.c: new object'
  has '[no-cache]'
}

@test "a cache on a full disk costs one warning and no more" {
  printf 'int x;\n' >a.c
  printf 'int y;\n' >b.c
  build /dev/null
  run bash -c 'ulimit -f 1; trap "" XFSZ; TMPDIR=/tmp "$SKEIN_BUILD/tests/unit/build" -n a.c b.c'
  has 'nothing may be compiled'
  strace -f -o /dev/null -e inject=linkat,renameat:error=ENOSPC \
    "$SKEIN_BUILD/tests/unit/build" a.c b.c >out 2>&1 || skip 'strace cannot trace here'
  [ "$(grep -c 'no-cache' out)" = 1 ]
  [ "$(grep -c 'new object' out)" = 2 ]
  [ -z "$(ls .cache/t)" ]
  build a.c b.c
  has '2 compiled 2 published'
}

@test "a read-only cache is read" {
  setup_object
  printf 'int y;\n' >b.c
  strace -f -o /dev/null -e inject=mkdirat,linkat,renameat,rename,unlinkat:error=EROFS \
    "$SKEIN_BUILD/tests/unit/build" a.c >out 2>&1 || skip 'strace cannot trace here'
  grep -q 'a.c: reused object' out
  run grep no-cache out
  [ "$status" = 1 ]
}

@test "nothing is left of temporary files and folders" {
  setup_object
  printf 'int f( {\n' >b.c
  mkdir tmp
  TMPDIR=$PWD/tmp build b.c
  [ "$status" = 4 ]
  [ -z "$(ls tmp)" ]
  [ -z "$(ls .cache/t)" ]
}

@test "what killed runs left is swept up after a day, and no earlier" {
  mkdir -p .cache/t/skein-old .cache/t/skein-new
  : >.cache/t/skein-old/object.so
  : >.cache/t/skein-new/object.so
  : >.cache/t/host.1.1
  touch -d '2 days ago' .cache/t/skein-old/object.so .cache/t/skein-old .cache/t/host.1.1
  chmod 700 .cache
  setup_object
  [ "$(ls .cache/t)" = skein-new ]
  [ -e .cache/t/skein-new/object.so ]
}

@test "where the cache has no room for temporary folders there is another place" {
  mkdir -m 700 .cache
  : >.cache/t
  printf 'int x;\n' >a.c
  build a.c
  [ "$status" = 0 ]
  has 'a.c: new object'
}

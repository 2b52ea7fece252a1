load ../helper

build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

@test "an edited source is noticed" {
  printf 'int f(void) { return 1; }\n' >one.c
  build -r "$PWD" -s "$PWD/one.c"
  build -r "$PWD" -s "$PWD/one.c"
  has reused
  printf 'int f(void) { return 2; }\n' >one.c
  build -r "$PWD" -s "$PWD/one.c"
  has "new object ('one.c' changed)"
}

@test "a program's own definitions win over those of the session" {
  printf 'int f(void) { return 1; }\nint main(void) { return f(); }\n' >a.c
  mkdir out
  build -o out a.c
  readelf -d out/a.c.so >cell
  build -p -o out a.c
  readelf -d out/a.c.so >program
  grep -q SYMBOLIC program
  run grep SYMBOLIC cell
  [ "$status" = 1 ]
}

@test "an object needs no library that it does not use" {
  printf 'double sqrt(double); double f(double x) { return sqrt(x); }\n' >a.c
  printf 'int x;\n' >b.c
  mkdir out
  build -l z -o out a.c b.c
  [ "$status" = 0 ]
  readelf -d out/a.c.so >a
  readelf -d out/b.c.so >b
  grep -q 'NEEDED.*libm' a
  run grep -E 'NEEDED.*lib(m|z)\.' b
  [ "$status" = 1 ]
}

@test "the compiler runs under limits, in an empty folder, with little environment" {
  cat >gcc <<END
#!/bin/sh
for w; do [ "\$w" = object.so ] && { ls -A; ulimit -v; ulimit -f; ulimit -c; env; } >$PWD/seen; done
exec /usr/bin/gcc "\$@"
END
  chmod +x gcc
  printf 'int x;\n' >a.c
  SECRET=canary PATH=$PWD:$PATH build a.c
  [ "$status" = 0 ]
  # dash counts file sizes in blocks of 512 bytes
  [ "$(head -n 3 seen | tr '\n' ' ')" = '2097152 1048576 0 ' ]
  run grep -c canary seen
  [ "$output" = 0 ]
}

@test "a huge array hits the size limit" {
  printf '# 1 "a"\nchar big[1ul << 40] = { 1 };\n' >a.c
  build a.c
  [ "$status" = 4 ]
  has 'a.c: new limit: the compiler wrote more than 512 MiB'
}

@test "a limit that was hit is not remembered" {
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nfor w; do [ "$w" = object.so ] && { echo "out of memory" >&2; exit 1; }; done\nexec /usr/bin/gcc "$@"\n' >gcc
  chmod +x gcc
  printf 'int x;\n' >a.c
  PATH=$PWD:$PATH build a.c
  has 'new limit'
  PATH=$PWD:$PATH build a.c
  has 'new limit'
}

@test "a device as a header is compiled and not kept" {
  printf '# 1 "a"\n#include "/dev/null"\n' >a.c
  build a.c
  [ "$status" = 0 ]
  build a.c
  has 'new object'
}

@test "a missing compiler is told" {
  printf 'int x;\n' >a.c
  build -c gcc-77 a.c
  [ "$status" = 8 ]
  has "the compiler 'gcc-77' is not on the search path"
  has '[no-compiler]'
}

@test "a compiler that is no program is passed over" {
  mkdir -p one/gcc two
  : >two/gcc
  printf 'int x;\n' >a.c
  PATH=$PWD/one:$PWD/two:$PATH build a.c
  [ "$status" = 0 ]
}

@test "a compiler that cannot be started is told" {
  mkdir bin
  printf '\177ELF no program' >bin/gcc
  chmod +x bin/gcc
  printf 'int x;\n' >a.c
  PATH=$PWD/bin:$PATH build a.c
  [ "$status" = 4 ]
  has "new broken: cannot start '$PWD/bin/gcc': Exec format error"
}

@test "a compiler cache on the search path is passed over" {
  mkdir bin
  printf '#!/bin/sh\necho called >&2; exit 1\n' >bin/ccache
  chmod +x bin/ccache
  ln -s ccache bin/gcc
  printf 'int x;\n' >a.c
  PATH=$PWD/bin:$PATH build a.c
  [ "$status" = 0 ]
  lacks called
}

@test "of the compiler's settings in the environment search paths have a say, others none" {
  mkdir inc
  echo 'int n;' >inc/n.h
  printf '# 1 "a"\n#include <n.h>\n' >a.c
  export GCC_EXEC_PREFIX=/nowhere/ COMPILER_PATH=/nowhere DEPENDENCIES_OUTPUT=$PWD/deps
  build a.c
  [ "$status" = 4 ]
  has 'a:1:10: error: n.h: No such file or directory'
  CPATH=$PWD/inc build a.c
  [ "$status" = 0 ]
  [ ! -e deps ]
}

load ../helper

build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

setup_unit() {
  printf 'int x;\n' >a.c
}

@test "a flag that runs a program or writes a file is refused" {
  setup_unit
  for flag in -fplugin=./x.so -wrapper '-wrapper sh,-c,touch,canary' @file -B. -specs=x \
      -Wl,-Map=canary -Wa,-ahls=canary -Wp,-MD,canary '-o canary' '-MF canary' -fdump-tree-all \
      -save-temps -fstack-usage -gsplit-dwarf -ftime-trace -fopt-info-all=canary; do
    build -f "$flag" a.c
    [ "$status" = 6 ]
    has '[forbidden-flag]'
    lacks 'new object'
  done
  [ ! -e canary ]
}

@test "a flag whose object would not fit is refused" {
  setup_unit
  for flag in -m32 -flto -fno-pic -static -fvisibility=hidden -c -S -E -fsyntax-only -x; do
    build -f "$flag" a.c
    [ "$status" = 6 ]
  done
}

@test "every refused flag is named, not only the first" {
  setup_unit
  build -f '-flto -O2 -m32' a.c
  has "the flag '-flto' cannot stand in a document"
  has "the flag '-m32' cannot stand in a document"
  lacks "'-O2'"
}

@test "a folder outside the project is refused" {
  setup_unit
  mkdir root
  ln -s /etc root/link
  for flag in -I/etc '-I ..' -Ilink '-include /etc/passwd' -iquote/etc '-isystem link'; do
    build -r "$PWD/root" -f "$flag" a.c
    [ "$status" = 6 ]
    has "its path, which begins at the project's root, is not there, or leaves the project"
  done
}

@test "a folder of the project is taken" {
  mkdir -p root/inc
  echo 'enum { N = 1 };' >root/inc/n.h
  printf '# 1 "a"\n#include <n.h>\nint n = N;\n' >a.c
  build -r "$PWD/root" -f '-I inc -D X' a.c
  [ "$status" = 0 ]
}

@test "flags of optimisation, warnings and sanitizers are taken" {
  setup_unit
  for flag in -O2 -Wextra -Wno-unused -fsanitize=address,undefined -march=native -pthread \
      -fopenmp '-DTEXT="a b"' -std=c99; do
    build -f "$flag" a.c
    [ "$status" = 0 ]
  done
}

@test "a compiler is chosen by name and not by path" {
  setup_unit
  for name in ./gcc /usr/bin/gcc ../gcc sh gcc-x 'gcc -v' gcc-12/../sh -gcc ''; do
    build -c "$name" a.c
    [ "$status" = 6 ]
    has '[forbidden-compiler]'
  done
  build -c mpicc a.c
  [ "$status" = 6 ]
  has 'help: pkg=mpi-c gives a cell what mpicc adds'
}

@test "a package is named and not a flag" {
  setup_unit
  # shellcheck disable=SC2016
  for name in --libs-only-l -x 'a b' ../x '$(id)' 'zlib --variable=prefix'; do
    build -k "$name" a.c
    [ "$status" = 6 ]
    has '[forbidden-package]'
  done
  build -k no-such-package a.c
  [ "$status" = 8 ]
  has '[no-package]'
}

# One a line: what runs a program, loads code, reads or writes a file, or makes
# an object that does not fit.
hostile() {
  cat <<'E'
-wrapper
-wrapper=./evil
-wrapper,./evil
-fplugin=./evil.so
-fplugin-arg-evil-x=1
-fpass-plugin=./evil.so
-fplugin=evil
-load
-Xclang
-Xclang=-load
-Xpreprocessor
-Xassembler
-Xlinker
-Xanalyzer
-Xarch_host
-Xcuda-ptxas
-Xopenmp-target
-mllvm
-mllvm=-debug
-specs=./evil.specs
--specs=./evil.specs
-specs
-B
-B.
-B./
--prefix=.
--prefix
-no-canonical-prefixes
-gcc-toolchain
--gcc-toolchain=.
--gcc-install-dir=.
-ccc-gcc-name
-ccc-install-dir
-ccc-print-phases
-ccc-arcmt-check
--driver-mode=cl
-fuse-ld=./evil
-fuse-ld=evil
--ld-path=./evil
-fmodule-mapper=|./evil
-fmodule-mapper=./evil
-fmodules
-fmodules-cache-path=.
-fmodule-file=evil
-fmodule-map-file=evil
-fmodules-ts
-fbuild-session-file=evil
-fcrash-diagnostics-dir=.
-fuse-cxa-atexit=x
@evil.rsp
@./evil.rsp
@/tmp/evil.rsp
--config=evil.cfg
--config
--config-user-dir=.
-Wl,-Map=canary
-Wl,-o,canary
-Wl,--plugin,./evil.so
-Wl,-dynamic-linker,./evil
-Wl,-rpath,.
-Wl,@evil.rsp
-Wl,-T,evil.ld
-Wl
-Wa,-ahls=canary
-Wa,-o,canary
-Wa,--MD,canary
-Wp,-MD,canary
-Wp,-o,canary
-Wp,-dD
-WL,-x
-W,a
-Wall,-x
-Werror=,x
-Wno-error=x;y
-o
-ocanary
-o=canary
--output=canary
--output
-M
-MM
-MD
-MMD
-MF
-MFcanary
-MT
-MTx
-MQ
-MG
-MP
-MJ
-MJcanary
-MV
--dependencies
--write-dependencies
--user-dependencies
-dumpdir
-dumpbase
-dumpspecs
-dD
-dM
-dI
-dA
-da
-dP
-dumpfullversion
-fdump-tree-all
-fdump-tree-all=canary
-fdump-rtl-all
-fdump-ipa-all
-fdump-go-spec=canary
-fdump-ada-spec
-fdump-passes
-fdump-final-insns=canary
-fcompare-debug
-fopt-info
-fopt-info-all=canary
-foptimization-record-file=canary
-fsave-optimization-record
-fstack-usage
-fcallgraph-info
-fcallgraph-info=su
-fprofile-generate
-fprofile-generate=.
-fprofile-dir=.
-fprofile-use=canary
-fprofile-instr-generate=canary
-fprofile-note=canary
-fprofile-arcs
-fauto-profile=canary
-fcoverage-mapping
-ftest-coverage
--coverage
-coverage
-ftime-trace
-ftime-trace=canary
-ftime-report
-fproc-stat-report=canary
-gsplit-dwarf
-gsplit-dwarf=single
-fdebug-types-section
-fdebug-compilation-dir=.
-fdebug-prefix-map=a=b
-ffile-prefix-map=a=b
-fmacro-prefix-map=a=b
-fprofile-prefix-map=a=b
-frandom-seed=1
-save-temps
-save-temps=cwd
-save-temps=obj
--save-temps
-save-stats
-emit-llvm
-emit-ast
-emit-pch
-emit-interface-stubs
--analyze
--analyzer-output
--migrate
-rewrite-objc
-serialize-diagnostics
--serialize-diagnostics=canary
-fdiagnostics-format=json-file
-fdiagnostics-format=sarif-file
-fdiagnostics-add-output=sarif:file=canary
-fdiagnostics-generate-patch
-fdiagnostics-log-file=canary
-fsanitize-ignorelist=evil
-fsanitize-blacklist=evil
-fsanitize-system-ignorelist=evil
-fsanitize-coverage-allowlist=evil
-fxray-instrument
-fxray-always-instrument=evil
-fembed-bitcode
-fthinlto-index=evil
-flto
-flto=auto
-flto=thin
-ffat-lto-objects
-fwhole-program
-m32
-mx32
-m16
-miamcu
-mcmodel=large;x
-fno-pic
-fno-PIC
-fpie
-fPIE
-pie
-static
-static-pie
-static-libgcc
-shared
-shared=x
-rdynamic
-r
-s
-nostdlib
-nodefaultlibs
-nolibc
-nostartfiles
-nostdinc
-undef
-T
-Tevil.ld
-e
-u
-z
-L.
-L/tmp
-levil
-l:evil.a
-fvisibility=hidden
-fsyntax-only
-c
-S
-E
-fpreprocessed
-fdirectives-only
-traditional-cpp
-x
-xc++
-xassembler
--language=c++
-imacros
-imacros=evil
-iwithprefix
-iprefix
-isysroot
--sysroot=/tmp
--sysroot
-imultilib
-I-
-I/etc
-I..
-I../..
-isystem/etc
-iquote/etc
-idirafter/etc
-include/etc/passwd
-cxx-isystem
-ivfsoverlay
-vfsoverlay
-working-directory
-working-directory=.
-fworking-directory
-D
-U
-U=x
-std=c17,x
-std=
-march=
-march=native,x
-mtune=x;y
-O9999999
-Ofast=x
-g=x
-ggdb9999999
-gz=canary
-foffload=./evil
-fopenmp-targets=x
-fembed-offload-object=evil
-v
-###
--version
-dumpmachine
-print-prog-name=x
-print-search-dirs
--help
-pass-exit-codes
-target
--target=arm
-target=arm
-arch
-fno-such-flag
-mno-such-flag
-f
-m
-
--
evil.c
./evil.so
/etc/passwd
|./evil
;./evil
`./evil`
$(./evil)
E
}

@test "hostile spellings are refused: no file is written, nothing is run" {
  printf '#!/bin/sh\ntouch %s/canary\n' "$PWD" >evil
  chmod +x evil
  cp evil evil.so
  touch evil.c evil.rsp evil.cfg evil.specs evil.ld
  [ "$(hostile | wc -l)" -ge 200 ]
  n=0
  while IFS= read -r flag; do
    printf '```c {#f%d}\n//| cflags: %s\n1\n```\n\n' $((n++)) "'${flag//\'/}'"
  done < <(hostile) >a.md
  cp a.md before
  find . -name "[!.]*" ! -path "./.*" ! -name files | sort >files
  run -6 skein run --json a.md
  has '[forbidden-flag]'
  [ "$(grep -c '"end":"skipped"' <<<"$output")" = "$(hostile | wc -l)" ]
  cmp a.md before
  find . -name "[!.]*" ! -path "./.*" ! -name files | sort | same files
  [ ! -e canary ]
}

@test "each refused word is blamed at its own column" {
  doc a.md <<'E'
'''c {cflags="-O2 -flto -o -fplugin=o" libs=m}
1
'''

'''c
//| cflags: -O2 @file -static
1
'''
E
  run -6 skein run a.md
  has "a.md:1:19: error: the flag '-flto'"
  has "a.md:1:25: error: the flag '-o'"
  has "a.md:1:28: error: the flag '-fplugin=o'"
  has '      |                            ^~~~~~~~~~'
  has "a.md:6:17: error: the flag '@file'"
  has "a.md:6:23: error: the flag '-static'"
}

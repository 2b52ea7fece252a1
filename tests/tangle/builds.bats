load ../helper

# What skein tangle tells build systems: --list, --depfile, --stamp.

two() {
  mkdir -p docs build
  doc docs/a.md <<'END'
'''c {file=src/a.c}
int a;
'''
END
  doc docs/b.md <<'END'
'''c {file=b.c}
int b;
'''
END
}

old() { touch -d 2001-02-03 "$@"; }
is_old() { [ "$(stat -c %Y "$1")" = "$(date -d 2001-02-03 +%s)" ] || { echo "$1 was touched"; return 1; }; }

@test "--list prints targets as they are named from here, and writes nothing" {
  two
  run -0 skein tangle --list -C build docs
  [ "$output" = $'build/src/a.c\nbuild/b.c' ]
  run -0 skein tangle --list -C . docs/b.md docs/a.md
  [ "$output" = $'b.c\nsrc/a.c' ]
  run -0 skein tangle --list -C "$PWD/build" docs/b.md
  [ "$output" = "$PWD/build/b.c" ]
  for way in --list --dump '--only b.c -o -'; do
    run -8 bash -c "skein tangle -C . $way docs >/dev/full"
    has 'standard output'
  done
  skein tangle -0 --list -C . docs | same <(printf 'src/a.c\0b.c\0')
  [ -z "$(ls -A build)" ]
}

@test "a target that is refused is not listed" {
  doc a.md <<'END'
'''c {file=../a.c}
'''
'''c {file=.//b/../c.c}
'''
END
  run -6 --separate-stderr skein tangle --list a.md
  [ "$output" = c.c ]
  # shellcheck disable=SC2154  # run sets it
  [[ $stderr == *'[refused-path]'* ]]
}

@test "the depfile names documents, the folders of documents and settings" {
  two
  mkdir docs/more
  : >skein.lua
  run -0 skein tangle --depfile build/d docs
  same build/d <<'END'
src/a.c b.c: \
  docs/a.md \
  docs/b.md \
  docs \
  docs/more \
  skein.lua

docs/a.md:

docs/b.md:

docs:

docs/more:

skein.lua:
END
  skein tangle -C build --depfile - --stamp build/s docs/b.md docs/b.md ./docs/b.md | same <(
    printf 'build/s: \\\n  docs/b.md\n\ndocs/b.md:\n')
}

@test "depfile and stamp tell of success only, and the stamp is touched also when nothing changed" {
  two
  skein tangle -C . --depfile d --stamp s docs
  old s d b.c
  skein tangle -C . --depfile d --stamp s docs
  run is_old s
  [ "$status" = 1 ]
  is_old d
  is_old b.c
  old s
  echo 'int edited;' >>b.c
  run -9 skein tangle -C . --depfile d --stamp s docs/b.md
  run -1 skein tangle -C . --check --stamp s docs
  printf '```c {file=e.c}\n<<nobody>>\n```\n' >docs/e.md
  run -3 skein tangle -C . --force --depfile d --stamp s docs
  run -8 skein tangle -C . --depfile d --stamp s docs/none.md
  is_old s
  is_old d
  run -8 skein tangle -C . --depfile no/d --stamp s docs/a.md
  is_old s
}

@test "depfile and stamp are neither documents nor targets" {
  two
  cp docs/a.md before
  ln docs/a.md link
  for flags in '--stamp docs/a.md' '--depfile link' '--stamp b.c' '--depfile ./b.c'; do
    # shellcheck disable=SC2086  # two words
    run -6 skein tangle -C . $flags docs
    has '[same-file]'
    run -0 skein tangle -C . docs
  done
  same docs/a.md <before
  run -6 skein tangle -C . --stamp build docs
  has 'this is a folder'
}

@test "a document that is saved meanwhile does not count as tangled" {
  two
  skein tangle -C . --stamp s docs
  old s
  # Another run holds the lock; ours has read its documents when it waits.
  mkfifo go said trace
  "$SKEIN_BUILD/tests/unit/file" lock . '' 0 <go >said 3>&- &
  exec 5>go
  read -r _ <said
  SKEIN_TRACE=lock skein tangle -C . --wait --stamp s docs 2>trace 3>&- 5>&- &
  exec 6<trace
  read -r _ <&6
  echo more >>docs/b.md
  exec 5>&-
  cat <&6 >said.late
  exec 6<&-
  wait
  grep -F 'docs/b.md: warning: this was saved while it was tangled' said.late | grep -F '[saved-meanwhile]'
  is_old s
  run -0 skein tangle -C . --wait --stamp s docs
  run is_old s
  [ "$status" = 1 ]
}

# shellcheck disable=SC1003,SC2016  # names as they are
@test "make and ninja understand odd names" {
  odd=('a b.md' 'c#d.md' 'e$f.md' 'g:h.md' 'i\ j.md' '(k).md' 'm=n.md' '[o].md' 'ü.md' 'p%q.md')
  for_make=("r'\"s.md" 't|u.md' '&v' 'w&' 'x\' 'y%\')	# ninja has no way to write these
  mkdir docs
  for n in "${odd[@]}"; do echo x >"docs/$n"; done
  skein tangle --depfile s.d --stamp s docs
  printf 'rule t\n  command = cp s.d s.n; touch s\n  depfile = s.n\n  deps = gcc\nbuild s: t\n' >build.ninja
  run -0 ninja
  ninja -t deps s | sed -n 's/^    //p' | sort | same <(printf '%s\n' docs "${odd[@]/#/docs/}" | sort)
  run -0 ninja
  has 'no work to do'

  for n in "${for_make[@]}"; do echo x >"docs/$n"; done
  skein tangle --depfile s.d --stamp s docs docs/?v docs/w? docs/?\\ docs/??\\
  printf 's:\n\t@echo made $(words $?)\n-include s.d\n' >Makefile
  touch -d 2001-01-01 s docs docs/*
  run -0 make s
  has 'up to date'
  for n in "${odd[@]}" "${for_make[@]}"; do
    touch "docs/$n"
    run -0 make -s s
    [ "$status" = 0 ]
    [[ $output == 'made '[12] ]] || { echo "make does not see $n: $output"; return 1; }
    touch -d 2001-01-01 "docs/$n"
  done
  rm docs/[!m]*	# make has no way to write a rule for a name with =
  touch s
  run -0 make -s s
  [[ $output == 'made '[1-9]* ]]
}

@test "what no depfile can say is an error, and no name of a target becomes a directive of make" {
  mkdir docs
  : >'docs/a;b.md'
  run -6 skein tangle --depfile d --stamp s docs
  has "'docs/a;b.md' cannot be named in a depfile"
  has '[depfile-name]'
  [ ! -e s ]
  doc a.md <<'END'
'''c {file=load}
'''
'''c {file=evil.so}
'''
'''c {file="SHELL=x"}
'''
END
  run -0 skein tangle --depfile d a.md
  printf 'all:\n\t@echo "$(SHELL)"\n-include d\n' >Makefile
  run -0 make -s
  [ "$output" = /bin/sh ]
}

load ../helper

# skein doctor: what notebooks need of this machine.

# gcc and nothing else, so that a test does not cost what all compilers of a machine do.
only_gcc() {
  mkdir bin
  for p in gcc as ld; do ln -s "$(command -v $p)" bin/$p; done
}

@test "doctor tries the machine, a line each with what to do, and ends with 0 where notebooks run" {
  only_gcc
  echo 'return { cc = "gcc" }' >skein.lua
  run -0 env PATH="$PWD/bin" CC=mycc "$SKEIN_BUILD/skein" doctor
  has $'\nok       a notebook: was compiled, linked and run\n'
  has $'(cells get it: skein.lua)\n'
  has $'\nok       checkpoints: one was made, and woken after a crash\n'
  has $'\nok       skein-host: '
  has $'\nnote     not here: g++ clang clang++ tcc cc c++; only documents that ask for them need them: apt install g++ clang tcc gcc\n'
  has $'\nnote     CC: mycc, which documents do not heed; '
  has $'\nnote     pkg-config: is not on the search path; only pkg= needs it: apt install pkg-config\n'
  has "folder: $PWD/.cache"
  has "ok       the project's: skein.lua counts"
  has 'notebooks can run here: 0 errors'
  lacks $'\nerror'
  [ -z "$(find .cache/t -mindepth 1)" ]
}

@test "doctor ends with 8 and says what to install where a compiler or a library is missing" {
  only_gcc
  doc a.md <<'END'
'''c {pkg=nothing-there libs=nothing-there}
int ran = system("touch ran");
'''

'''perl {run}
print "ran";
'''

'''cpp
int x;
'''
END
  PATH=$PWD/bin run -8 "$SKEIN_BUILD/skein" doctor --json a.md
  /usr/bin/env jq -r '.checks[] | select(.about == "a.md") | [.check, .level, .advice] | @tsv' <<<"$output" >needs
  same needs <<'END'
compiler gcc	ok	
pkg nothing-there	error	apt install pkg-config, and the package that has nothing-there.pc
library nothing-there	error	apt install libnothing-there-dev, or what apt-file search libnothing-there.so names
program perl	error	apt install perl
compiler g++	error	apt install g++
END
  [ ! -e ran ]
  PATH=/nowhere run -8 "$SKEIN_BUILD/skein" doctor
  has "error    gcc: the compiler 'gcc' is not on the search path: install it, or choose another with cc; apt install gcc libc6-dev"
  has 'notebooks cannot run here'
  mkdir -p .config/skein
  echo 'return { cc = "tcc" }' >.config/skein/config.lua
  echo 'return {' >skein.lua
  PATH=/nowhere TMPDIR=$PWD/gone run -8 "$SKEIN_BUILD/skein" doctor
  has "error    the project's: "
  has "warning  TMPDIR: $PWD/gone: No such file or directory"
  PATH=/nowhere run -8 "$SKEIN_BUILD/skein" doctor
  has $'\nerror    tcc: '
  PATH=/nowhere run -8 "$SKEIN_BUILD/skein" doctor --set cc=clang
  has $'\nerror    clang: '
}

load helper

# The examples, as their readers run them: a copy, in a folder of one's own.
# One test an example.

# true_twice NAME: it is as recorded; and again, without a compiler.
true_twice() {
  mkdir -p "$(dirname "examples/$1")"
  cp -r "$SKEIN_TOP/examples/$1" "examples/$1"
  run -0 skein check "examples/$1"
  run -0 skein check --no-compile "examples/$1"
}

@test "a tour shows cells, values, a crash, programs and a target" {
  true_twice tour.md
}

@test "codelets from a generator are what the definition says" {
  true_twice generator.md
}

@test "Lua composes functions and buffers of C" {
  true_twice lua.md
}

@test "generated codelets of Fourier transforms agree with FFTW and the definition" {
  true_twice fft-codelets.md
}

@test "a formula becomes one loop, which gives what its operations give one by one" {
  true_twice tensor-pipeline.md
}

@test "OpenMP in cells: what four threads give, on any number of processors" {
  true_twice openmp.md
}

@test "a figure is drawn by skein and by gnuplot, and is the same picture each time" {
  run -0 cp -r "$SKEIN_TOP/examples/figure.skein" .
  mkdir -p examples
  mv figure.skein examples
  true_twice figure.md
}

@test "a cell that crashes loses nothing, and says where it was" {
  true_twice crashes.md
}

@test "sanitizers tell what is wrong at lines of the document" {
  true_twice sanitizers.md
}

# Everything in it is a command, so there is nothing that a second run could take from a cache.
@test "a program keeps the C that it writes: failures, checkouts, many builders, ranks of MPI" {
  case $SKEIN_BUILD in *asan | *tiny) skip "its program is not built with our sanitizers" ;; esac
  cp "$SKEIN_TOP/examples/jit-cache.md" .
  run -0 skein check jit-cache.md
}

@test "a C++ library wrapped in C is called from C and Lua, crashes, and is mended without a restart" {
  true_twice wrap-cpp.md
}

@test "a word counter told in one document is built and checked by make where it is tangled" {
  true_twice literate-wc.md
  run -0 skein tangle examples/literate-wc.md
  cd examples/wc
  run -0 make -s CC=gcc CFLAGS='-Wall -Wextra -Werror -D_XOPEN_SOURCE=700'
  run -0 make -s check
  has '57 times the same as wc'
  mandoc -T lint -W warning wc.1
}

# Its README runs the lessons with right, wrong, crashing and endless answers.
@test "the exercises of a course tell right answers from wrong, crashing and endless ones" {
  cp -r "$SKEIN_TOP/examples/course" .
  run -0 skein check course/README.md
}

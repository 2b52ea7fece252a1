load ../helper

# Which documents a folder stands for.

# put PATH...: a document each.
put() {
  for p; do
    mkdir -p "$(dirname "$p")"
    echo words >"$p"
  done
}

# finds ARGUMENT... <<< "names": the documents that these arguments stand for, in order.
finds() {
  skein list --json "$@" >"$BATS_TEST_TMPDIR/found" &&
    jq -r .document "$BATS_TEST_TMPDIR/found" >"$BATS_TEST_TMPDIR/names" &&
    same "$BATS_TEST_TMPDIR/names"
}

@test "a folder is every Markdown file below it, by name, sorted by bytes" {
  put a.md B.md d/x.markdown d/x.mkd d/x.mdown d/x.qmd d/x.Rmd d/X.MD d-e.md d/e/y.md
  put note.txt d/md .md d/x.md.bak .hidden/z.md .hidden.md
  mkdir empty
  mkfifo pipe.md
  ln -s "$PWD" d/loop
  finds . <<'E'
./B.md
./a.md
./d-e.md
./d/X.MD
./d/e/y.md
./d/x.Rmd
./d/x.markdown
./d/x.mdown
./d/x.mkd
./d/x.qmd
E
}

@test "a document is there once, however often and by whatever names" {
  put a.md d/b.md d/c.md
  ln -s ../a.md d/0.md
  ln d/b.md d/a-second.md
  ln -s d/c.md c-link.md
  finds d/ d a.md ./a.md d/../a.md <<< $'d/0.md\nd/a-second.md\nd/c.md'
  finds a.md d <<< $'a.md\nd/a-second.md\nd/c.md'
  # among several names a document's own is taken
  finds . <<< $'./a.md\n./d/a-second.md\n./d/c.md'
}

@test "rules in .skeinignore, in each folder, the nearest first and the last line of it" {
  put a.md keep/a.md keep/b.md keep/deep/b.md old/a.md old/b.md x/gen.md x/gen/a.md x/y/top.md top.md '#.md' '!.md'
  printf '%s\n' '# a comment' '' 'old/' '/top.md' 'gen.md  ' '\#.md' '\!.md' 'keep/**/b.md' '!keep/deep/b.md' >.skeinignore
  finds . <<< $'./a.md\n./keep/a.md\n./keep/deep/b.md\n./x/gen/a.md\n./x/y/top.md'
  # what is in a folder that is left out cannot be had back, but the folder can be named
  printf '!a.md\n' >old/.skeinignore
  finds . <<< $'./a.md\n./keep/a.md\n./keep/deep/b.md\n./x/gen/a.md\n./x/y/top.md'
  finds old x/gen.md <<< $'old/a.md\nold/b.md\nx/gen.md'
  # those above what is named count from where one stands, or from the top of a repository
  printf 'y\n' >x/.skeinignore
  finds x <<< x/gen/a.md
  cd x
  finds . <<< $'./gen.md\n./gen/a.md'
  mkdir ../.git
  finds . ../keep <<< $'./gen/a.md\n../keep/a.md\n../keep/deep/b.md'
  printf 'y\n!gen.md\n' >.skeinignore
  finds . <<< $'./gen.md\n./gen/a.md'
}

@test ".gitignore counts as well, and .skeinignore and --exclude have the last word" {
  put a.md build/b.md build/c.md node_modules/p/README.md .github/d.md docs/e.md docs/f.md
  mkdir .git
  printf '%s\n' /build node_modules/ >.gitignore
  finds . <<< $'./a.md\n./docs/e.md\n./docs/f.md'
  printf '%s\n' '!build' '!.github' '!.git' 'docs/e.md' >.skeinignore
  finds . <<< $'./.github/d.md\n./a.md\n./build/b.md\n./build/c.md\n./docs/f.md'
  finds --exclude 'build/[c-z]*' --exclude '!docs/e.md' . --exclude=.github <<< $'./a.md\n./build/b.md\n./docs/e.md\n./docs/f.md'
  # anchored at where one stands
  cd docs
  finds --exclude /f.md --exclude /a.md ../docs/e.md .. <<< $'../docs/e.md\n../.github/d.md\n../a.md\n../build/b.md\n../build/c.md'
}

@test "a repository within is another project, which is there when it is named" {
  put a.md sub/b.md tree/c.md
  mkdir .git sub/.git
  echo 'gitdir: elsewhere' >tree/.git
  finds . <<< ./a.md
  finds sub tree <<< $'sub/b.md\ntree/c.md'
  SKEIN_TRACE=explain run -0 skein list .
  has "explain: './sub' is left out: it is a repository of its own"
}

@test "a folder with nothing to read is an error that says so, and why" {
  put out/a.md out/b.md other.md
  mkdir empty
  printf 'out/*.md\n' >.skeinignore
  mkdir .git
  for command in tangle list check run; do
    run -2 skein $command empty
    has "there is no Markdown document below 'empty' [usage]"
    run -2 skein $command out/ other.md
    has "there is no Markdown document below 'out' but what is left out ('out/a.md': by .skeinignore:1, and more)"
  done
  run -2 skein check --exclude '*.md' .
  has "('./other.md': by --exclude '*.md', and more)"
  put .hidden/a.md .x/.y.md
  run -2 skein list .x
  has "('.x/.y.md': its name begins with a dot)"
  run -0 skein list .hidden
  run -8 skein list missing out/a.md
  has "missing: error: cannot read: No such file"
}

@test "an ignore file that cannot be read is an error, and its rules are a dependency" {
  put d/a.md d/b.md
  mkdir out
  echo b.md >d/.gitignore
  skein tangle -C out --depfile dep --stamp stamp d
  sed '/^$/,$d' dep | same <(printf 'stamp: \\\n  d/a.md \\\n  d \\\n  d/.gitignore\n')
  head -c 1100000 /dev/zero >d/.skeinignore
  run -7 skein list d
  has 'd/.skeinignore: error: the file has more than the 1048576 bytes'
  rm d/.skeinignore
  mkdir d/.skeinignore
  run -0 skein list d
}

@test "rules mean what git means by them" {
  ask=$SKEIN_BUILD/tests/unit/ignore
  mkdir drawn
  cd drawn
  git init -q .
  "$ask" make 7 250 >paths
  git check-ignore --no-index -z --stdin <paths >git
  [ "$(tr -cd '\0' <git | wc -c)" -gt 300 ]
  "$ask" ask <paths | cmp - git
}

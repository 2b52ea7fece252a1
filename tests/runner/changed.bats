load ../helper

# Which documents a run is about: --changed and --shard.

setup_file() {
  export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
  export GIT_CONFIG_NOSYSTEM=1
}

# repository FOLDER: a new one; commit it with `keep`.
repository() {
  mkdir -p "$1"
  cd "$1" || return 1
  export HOME=$BATS_TEST_TMPDIR
  git init -q -b main .
}

keep() {
  git add -A . && git commit -qm "${1:-more}"
}

# document FILE [SETTINGS [CELL-OPTIONS]]: without a cell if there are no options.
document() {
  mkdir -p "$(dirname "$1")"
  printf -- '---\nskein: {%s}\n---\n' "$2" >"$1"
  [ $# -lt 3 ] || printf '```c {%s}\nint x;\n```\n' "$3" >>"$1"
}

# touched [FLAG...] <<< "names": the documents that are taken, nothing being compiled.
touched() {
  skein check --no-compile --explain "$@" >"$BATS_TEST_TMPDIR/said" 2>&1 || true
  sed -n "s/^explain: '\(.*\)' is taken: .*/\1/p" "$BATS_TEST_TMPDIR/said" >"$BATS_TEST_TMPDIR/names"
  diff -u - "$BATS_TEST_TMPDIR/names" || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
}

# said WORDS: the last `touched` said so.
said() {
  grep -qF -- "$1" "$BATS_TEST_TMPDIR/said" || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
}

@test "a document is taken when it changed, however git has been told of that" {
  repository r
  for n in same edited staged back untracked ignored touched renamed; do document docs/$n.md ''; done
  rm docs/untracked.md docs/ignored.md
  echo ignored.md >.gitignore
  keep
  document docs/untracked.md ''
  document docs/ignored.md ''
  echo more >>docs/edited.md
  echo more >>docs/staged.md
  git add docs/staged.md
  echo more >>docs/back.md
  git add docs/back.md
  git show HEAD:docs/back.md >docs/back.md
  touch -d '1 hour ago' docs/touched.md
  git mv docs/renamed.md docs/new-name.md
  touched --changed HEAD docs <<< $'docs/edited.md\ndocs/new-name.md\ndocs/staged.md\ndocs/untracked.md'
  said "explain: 'docs/edited.md' is taken: docs/edited.md is not as in HEAD"
  said "explain: 'docs/same.md' is left out: it and all that it names (1 file) are as in HEAD"
  said 'skein: 4 of 7 documents changed since HEAD; the others are left out'
  # a file that is named is in no need of git's opinion on it
  touched --changed HEAD docs/ignored.md docs/same.md <<< docs/ignored.md
  # bits of the index that hide changes hide nothing here
  git update-index --assume-unchanged docs/edited.md
  git update-index --skip-worktree docs/staged.md
  touched --changed HEAD docs/edited.md docs/staged.md <<< $'docs/edited.md\ndocs/staged.md'
  keep
  # nothing to do is success, and no document is read
  printf '```c {file=../x}\n```\n' >docs/broken.md
  run -0 skein check --changed HEAD docs/same.md
  has 'skein: 0 of 1 document changed since HEAD; the other is left out'
  run -6 skein check --changed HEAD docs
  keep
  run -0 skein check --changed HEAD docs
}

@test "a document is taken when a file changed that it names or includes" {
  repository r
  mkdir -p src/deep inc data
  document d/prelude.md 'prelude: src/p.h'
  document d/source.md 'sources: src/s.c'
  document d/pattern.md 'sources: src/t*.c'
  document d/data.md '' 'data="data/a.csv data/b.csv"'
  document d/stdin.md '' 'stdin=data/in.txt'
  document d/flag.md 'cflags: "-Iinc -include inc/all.h"' ''
  document d/plain.md ''
  printf '```c {file=made/x.c}\n#include "target.h"\n```\n' >d/target.md
  printf '```c\n#include "../data/gone.h"\n#if __has_include(<maybe.h>)\n#endif\n```\n' >d/cell.md
  printf '#include "deep/q.h"\n' >src/p.h
  printf '# include <r.h>\n' >src/deep/q.h
  touch src/s.c src/t1.c src/t2.c data/a.csv data/b.csv data/in.txt inc/all.h src/deep/r.h data/gone.h
  keep
  touched --changed HEAD d </dev/null
  cp -a . ../kept
  back() { rm -rf ./* && cp -a ../kept/[!.]* .; }
  names() { printf 'd/%s.md\n' "$@"; }
  for f in src/deep/r.h src/s.c src/t1.c data/b.csv data/in.txt inc/all.h; do echo more >>$f; done
  touched --changed HEAD d < <(names data flag pattern prelude source stdin)
  said "'d/prelude.md' is taken: src/deep/r.h is not as in HEAD"
  said "'d/pattern.md' is taken: src/t1.c is not as in HEAD"
  said "'d/flag.md' is taken: inc/all.h is not as in HEAD"
  back
  rm src/deep/r.h src/s.c src/t2.c data/a.csv data/gone.h
  touched --changed HEAD d < <(names cell data pattern prelude source)
  said "'d/pattern.md' is taken: src/t2.c is not as in HEAD"
  back
  # and what could be found where nothing was
  mkdir made
  touch d/r.h src/t3.c maybe.h made/x.c
  touched --changed HEAD d < <(names cell pattern prelude target)
  said "'d/prelude.md' is taken: d/r.h is not as in HEAD"
  said "'d/target.md' is taken: made/x.c is not as in HEAD"
  back
  touch target.h
  touched --changed HEAD d < <(names target)
  echo 'return {}' >skein.lua
  touched --changed HEAD d < <(names cell data flag pattern plain prelude source stdin target)
  back
  # what cannot be told from the text
  printf '#define H "p.h"\n#include H\n' >src/s.c
  keep
  touched --changed HEAD d <<< d/source.md
  said 'is taken: what it includes is named by a macro'
}

@test "documents that use blocks of others are taken with them" {
  repository r
  printf '```c {#one}\nint one;\n```\n' >one.md
  printf '```c {file=two.c}\n<<one::one>>\n```\n' >two.md
  printf '```c {file=three.c}\n<<two::two.c>>\n```\n' >three.md
  printf '```c {file=four.c}\nint four;\n```\n' >four.md
  keep
  echo more >>one.md
  touched --changed HEAD . <<< $'./one.md\n./three.md\n./two.md'
  git reset -q --hard
  git rm -q one.md
  touched --changed HEAD . <<< $'./three.md\n./two.md'
  said "'./two.md' is taken: it refers to a block that is not there"
  git reset -q --hard
  # one that is only there for its blocks is not run, and its targets are not compared
  printf 'int old;\n' >four.c
  printf 'int old;\n' >three.c
  keep
  echo more >>three.md
  run -1 skein check --changed HEAD .
  has 'three.c'
  lacks 'four.c'
  # with one name space for all, what is gone may have been a part of any
  printf -- '---\nskein: {names: shared}\n---\n```c {#f file=f.c}\n```\n' >four.md
  printf '```c {#f}\n```\n' >five.md
  rm [ot]*
  keep
  rm five.md
  touched --changed HEAD . <<< ./four.md
}

@test "the project may be a part of a repository, a worktree, and the caller anywhere" {
  repository r
  document sub/docs/a.md ''
  document sub/docs/b.md ''
  touch sub/skein.lua
  keep
  git branch old
  echo more >>sub/docs/a.md
  keep
  cd sub
  touched --changed old docs <<< docs/a.md
  touched --changed HEAD~1 -C . docs <<< docs/a.md
  cd /
  touched --changed old "$OLDPWD/docs" <<< "$OLDPWD/docs/a.md"
  cd "$OLDPWD/.."
  git worktree add -q ../tree old
  echo more >>../tree/sub/docs/b.md
  # in a hook git says where its files are: those of another repository, perhaps
  export GIT_DIR=$PWD/.git GIT_INDEX_FILE=$PWD/nothing GIT_WORK_TREE=$PWD
  touched --changed main ../tree/sub <<< $'../tree/sub/docs/a.md\n../tree/sub/docs/b.md'
  unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
  # main went on: REV... is where they parted
  git -C ../tree checkout -q -b topic
  touched --changed main... ../tree <<< ../tree/sub/docs/b.md
  git clone -q --bare . ../bare
  # two repositories, each with its own idea of the name
  git -C .. init -q -b old other
  document ../other/c.md ''
  git -C ../other add . 
  git -C ../other commit -qm 1
  touched --changed old . ../other <<< ./sub/docs/a.md
}

@test "links count as well: where they lead, and what is there" {
  repository r
  document real/a.md ''
  document real/b.md ''
  ln -s real/a.md a.md
  keep
  echo more >>real/a.md
  touched --changed HEAD a.md <<< a.md
  git checkout -q real/a.md
  touched --changed HEAD a.md < /dev/null
  ln -sf real/b.md a.md
  touched --changed HEAD a.md <<< a.md
}

@test "nothing that a repository names is run" {
  repository r
  printf '#!/bin/sh\necho "$0 $*" >>%s/ran\ncat\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/evil"
  chmod +x "$BATS_TEST_TMPDIR/evil"
  printf '*.md filter=x diff=x\n' >.gitattributes
  document a.md ''
  document b.md ''
  keep
  evil=$BATS_TEST_TMPDIR/evil
  for key in core.fsmonitor core.pager core.editor core.sshCommand core.askPass diff.external diff.x.command \
      diff.x.textconv filter.x.clean filter.x.smudge filter.x.process core.alternateRefsCommand \
      uploadpack.packObjectsHook credential.helper gpg.program alias.rev-parse alias.ls-tree \
      core.gitProxy sequence.editor remote.x.uploadpack; do
    git config $key "$evil"
  done
  git config remote.x.url "ext::$evil %S"
  git config remote.x.promisor true
  git config extensions.partialClone x
  git config core.hooksPath "$BATS_TEST_TMPDIR/hooks"
  mkdir "$BATS_TEST_TMPDIR/hooks"
  for hook in post-index-change fsmonitor-watchman reference-transaction; do cp "$evil" "$BATS_TEST_TMPDIR/hooks/$hook"; done
  echo more >>a.md
  GIT_EXTERNAL_DIFF=$evil GIT_PAGER=$evil GIT_SSH_COMMAND=$evil touched --changed HEAD . <<< ./a.md
  # also when an object is missing that a promisor could give
  tree=$(git rev-parse 'HEAD^{tree}')
  rm ".git/objects/${tree:0:2}/${tree:2}"
  run -8 skein check --changed HEAD .
  has "git cannot read the repository"
  [ ! -e "$BATS_TEST_TMPDIR/ran" ] || { cat "$BATS_TEST_TMPDIR/ran"; false; }
}

@test "what --changed cannot do is said, with what to do" {
  repository r
  document a.md ''
  keep
  keep_dir=$PWD
  for rev in nowhere main..main '^main' ':/x' 'HEAD:a.md' $'a\nb' '@{u}' 'x y'; do
    run -2 skein check --changed "$rev" .
    has "skein: error: there is no commit '"
    has '[unknown-revision]'
    lacks 'left out'
  done
  for rev in '' -x --upload-pack=x --all ...; do
    run -2 skein check --changed="$rev" .
    has "is no revision; one is main, HEAD~3, v1.2 or origin/main..."
  done
  git commit -q --allow-empty -m 2
  git clone -q --depth 1 "file://$PWD" ../shallow
  run -2 skein check --changed HEAD~1 ../shallow
  has 'note: this is a shallow clone, in which history is missing: fetch more of it (fetch-depth: 0 for actions/checkout'
  run -0 skein check --changed HEAD ../shallow
  mkdir ../outside
  document ../outside/b.md ''
  run -2 skein check --changed HEAD ../outside a.md
  has '../outside/b.md: error: the document stands in no git repository: --changed cannot tell what happened to it [no-repository]'
  mkdir ../outside/.git
  run -8 skein check --changed HEAD ../outside
  has "skein: error: git cannot read the repository '$BATS_TEST_TMPDIR/outside': fatal: not a git repository"
  if [ "$(id -u)" = 0 ]; then
    cp -r . ../theirs
    chown -R 65534 ../theirs
    run -8 env -u SUDO_UID skein check --changed HEAD ../theirs
    has "note: it belongs to another user, as in many containers: git config --global --add safe.directory '$BATS_TEST_TMPDIR/theirs'"
  fi
  mkdir "$BATS_TEST_TMPDIR/bin"
  ln -s "$(command -v skein)" "$BATS_TEST_TMPDIR/bin"
  PATH=$BATS_TEST_TMPDIR/bin run -8 skein check --changed HEAD .
  has 'skein: error: --changed needs git, which is not on PATH: apt install git [git]'
}

@test "shards are all documents, each once, whoever asks where and in which order" {
  repository one
  for n in 1 2 3 4 5; do
    document d/$n.md ''
    for m in $(seq $n); do printf '```c {run=compile}\nint a;\n```\n'; done >>d/$n.md
  done
  document e.md ''
  mkdir ../two
  cp -r . ../two/elsewhere
  shard_of() {
    skein check --no-compile --explain --shard "$@" 2>&1 | sed -n "s|^explain: '\./\(.*\)' is of shard \(.*\)|\2 \1|p" | sort
  }
  for n in 2 3 20; do
    shard_of 1/$n . >first
    shard_of $n/$n . | cmp - first
    (cd ../two/elsewhere && shard_of 1/$n ./e.md ./d/5.md ./d) | cmp - first
    [ "$(cut -d' ' -f2 first | sort -u | wc -l)" = 6 ]
  done
  # by weight: as many cells in each, and one for each document
  shard_of 1/2 . | same <(printf '%s\n' '1 d/1.md' '1 d/2.md' '1 d/5.md' '2 d/3.md' '2 d/4.md' '2 e.md')
  run -0 skein check --shard 1/3 e.md
  has 'skein: 1 of 1 document in shard 1/3; the others are left out'
  run -0 skein check --shard 3/3 e.md
  has 'skein: 0 of 1 document in shard 3/3; the other is left out'
  for wrong in 0/3 4/3 1 /3 1/ x/y -1/3 1/0 99999999999/3; do
    run -2 skein check --shard=$wrong e.md
    has "'$wrong' is no shard: --shard=2/5 is the second of five"
  done
  # what is wrong with a document is told by its shard alone, and what changed is shared out evenly
  printf '```c {file=../x}\n```\n' >bad.md
  run -0 skein check -q --shard 2/2 e.md bad.md
  run -6 skein check -q --shard 1/2 e.md bad.md
}

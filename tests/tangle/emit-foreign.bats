load ../helper

@test "a thousand files that are not ours stay as they are, whatever command and manifest" {
  mkdir -p src/deep .skein a.skein
  for folder in . src src/deep .skein a.skein; do
    for ((n = 0; n < 50; n++)); do
      echo mine >"$folder/file$n.c"
      echo mine >"$folder/.a.skein-$n-00-00-00.new"
      echo mine >"$folder/a.skein-saved-$((n + 1))"
      echo mine >"$folder/.b.skein-part.$n.part"
    done
  done
  doc a.md <<'END'
'''c {file=a}
one
'''

'''c {file=src/deep/b}
one
'''

'''c {file=.skeins/c}
one
'''
END
  foreign() { find . \( -name 'file*' -o -name '*.skein-*' \) -type f -printf '%p %s %m %T@ %C@ %i\n' | sort; }
  foreign >before
  [ "$(wc -l <before)" = 1000 ]
  skein tangle a.md
  sed -i 's/one/two/; /skeins/,$d' a.md
  skein tangle a.md
  skein tangle --check a.md
  skein list a.md >list
  skein check a.md
  skein run a.md
  skein clean a.md
  [ ! -e .skeins/c ]
  diff before <(foreign)

  # an edit that is forced out gets a name that nobody has
  echo edit >a
  skein tangle --force a.md
  [ "$(cat a.skein-saved-51)" = edit ]
  rm a.skein-saved-51
  diff before <(foreign)

  # manifests: of a newer skein, damaged, one that calls everything its own, empty, none
  cp .skein/manifest good
  hash=$(echo mine | sha256sum | cut -d' ' -f1)
  for manifest in $'skein manifest 2\nnew' 'nonsense' "$(cat good; echo "target - $hash a.md src/../../x")" ''; do
    printf '%s\n' "$manifest" >.skein/manifest
    for command in 'tangle a.md' 'tangle --force a.md' 'clean a.md'; do
      # shellcheck disable=SC2086
      run skein $command
      [ "$status" != 0 ]
    done
    diff before <(foreign)
  done
  rm .skein/manifest
  skein tangle a.md
  diff before <(foreign)
}

@test "sixteen at once, many times: one wins, the others are told; targets are of one run" {
  for ((n = 0; n < 16; n++)); do
    mkdir "d$n"
    printf '```c {file=../t/%s}\n'$n'\n```\n\n' a b c >"d$n/doc.md"
    sed -i 's|\.\./t/|t/|' "d$n/doc.md"
  done
  for ((round = 0; round < ${SKEIN_ROUNDS:-3}; round++)); do
    pids=()
    for ((n = 0; n < 16; n++)); do
      skein tangle --force -C . "d$n/doc.md" 2>"said$n" 3>&- &
      pids+=($!)
    done
    won=0
    for ((n = 0; n < 16; n++)); do
      status=0
      wait "${pids[n]}" || status=$?
      case $status in
      0) won=$((won + 1)) ;;
      9) grep -qF '[locked]' "said$n" ;;
      *) cat "said$n"; false ;;
      esac
    done
    [ $won -gt 0 ]
    cmp t/a t/b
    cmp t/b t/c
    rm -f t/*.skein-saved-*
  done
  # those that wait all come to their turn
  for ((n = 0; n < 16; n++)); do
    skein tangle --wait --force -C . "d$n/doc.md" 3>&- &
    pids[n]=$!
  done
  for ((n = 0; n < 16; n++)); do
    ended "${pids[n]}" 0
  done
  cmp t/a t/b
  cmp t/b t/c
  run ! compgen -G 't/.*.skein-*'
}

@test "the same bytes whatever the time zone, locale, umask, folder and order of files" {
  mkdir docs
  printf '```c {file=i.c}\n<<İ>>\n<<b>>\n```\n\n```c {#İ}\nI 1,5\n```\n' >docs/a.md
  printf '\n```c {#b}\nB\n```\n\n```c {file=z/é}\nZ\n```\n' >>docs/a.md
  printf '```c {file=j.c}\nJ\n```\n' >docs/b.md
  sums() { (cd "$1" && find . -type f -not -path './.skein/*' -exec sha256sum {} + | sort); }
  mkdir r1 r2 r3
  skein tangle -C r1 docs/a.md docs/b.md
  (umask 077 && TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 skein tangle -C r2 docs/b.md docs/a.md)
  (cd docs && LC_ALL=C skein tangle -C ../r3 "$PWD/a.md" b.md)
  diff <(sums r1) <(sums r2)
  diff <(sums r1) <(sums r3)
  [ "$(sums r1 | wc -l)" = 3 ]
  [ "$(stat -c %a r2/i.c)" = 600 ]
}

load ../helper

# One target alone, all that is known, and what would be done: --only, -o, --dump,
# --dry-run, --json.

parts() {
  doc a.md <<'END'
'''c {file=src/main.c #main}
int main(void)
{
	<<body>>
}
'''

'''c {#body}
return 0;
'''

'''sh {file=run.sh mode=755}
echo run
'''
END
}

@test "-o - prints one target, by its path or its name, or any block" {
  parts
  skein tangle --only src/main.c -o - a.md | same <(printf 'int main(void)\n{\n\treturn 0;\n}\n')
  [ "$(skein tangle --only main -o - a.md)" = "$(skein tangle --only a::main -o - a.md)" ]
  [ "$(skein tangle --only body -o - a.md)" = 'return 0;' ]
  [ "$(ls)" = a.md ]
  run -2 skein tangle --only bodi -o - a.md
  has "neither a target nor a block is named 'bodi'"
  has "note: there is 'run.sh'"
  run -2 skein tangle -o - a.md
  has 'there is more than one target; --only says which'
  run -2 skein tangle --only body a.md
  has "'body' is written to no file; -o - prints it"
  sed 's/file=/file=b/' a.md >b.md
  run -2 skein tangle --only body -o - a.md b.md
  has "several documents have a block 'body'"
  run -0 skein tangle --only b::body -o - a.md b.md
  printf '```c {file=only.c}\nint only;\n```\n' >c.md
  [ "$(skein tangle -o - c.md)" = 'int only;' ]
}

@test "what is wrong elsewhere does not keep one target from being made" {
  parts
  printf '```c {file=b.c}\n<<nobody>>\n```\n' >>a.md
  run -0 skein tangle --only run.sh -o - a.md
  [ "$output" = 'echo run' ]
  run -3 skein tangle --only b.c -o - a.md
  has '[missing-block]'
}

@test "-o FILE is written where it differs, with depfile and stamp" {
  parts
  run -0 skein tangle --only run.sh -o here a.md
  same here <<<'echo run'
  [ "$(stat -c %a here)" = 755 ]
  touch -d 2001-01-01 here
  run -0 skein tangle --only run.sh -o here --depfile d --stamp s a.md
  [ "$(stat -c %y here | cut -c1-4)" = 2001 ]
  [ "$(head -n 1 d)" = 's: \' ]
  run -0 skein tangle --only run.sh -o here --depfile d a.md
  [ "$(head -n 1 d)" = 'here: \' ]
  run -6 skein tangle --only run.sh -o ./a.md a.md
  has '[same-file]'
  run -8 skein tangle --only run.sh -o no/where a.md
  [ ! -e .skein ]
  run -0 skein tangle --list -o list a.md
  same list <<<$'src/main.c\nrun.sh'
}

@test "--only writes one target, and the others are no orphans" {
  parts
  skein tangle a.md
  sed -i 's/return 0/return 1/; s/echo run/echo more/' a.md
  run -0 skein tangle -v --only run.sh a.md
  has '1 written, 0 unchanged'
  [[ $output != *'no longer names'* ]]
  same run.sh <<<'echo more'
  grep -q 'return 0' src/main.c
  [ "$(skein tangle --list --only main a.md)" = src/main.c ]
}

@test "--dump has documents, blocks and targets, with digests that sha256sum gives" {
  parts
  printf '```c {file=two.c}\n<<a::body>>\nint two;\n```\n' >b.md
  skein tangle --dump -C . a.md b.md >dump
  [ ! -e run.sh ]
  skein tangle -C . a.md b.md
  jq -r '.targets[] | .sha256 + "  " + .path' dump | sha256sum -c --quiet
  jq -r '.documents[] | .sha256 + "  " + .document' dump | sha256sum -c --quiet
  same <(jq -c '.version, [.documents[] | .document, .root, .bytes],
    [.documents[0].blocks[] | .line, .name, .file]' dump) <<END
1
["a.md",".",$(stat -c %s a.md),"b.md",".",$(stat -c %s b.md)]
[1,"main","src/main.c",8,"body",null,12,null,"run.sh"]
END
  same <(jq -c '.targets[] | [.target, .path, .mode, .lines, .bytes, .broken,
    .documents, [.blocks[] | .document, .line]]' dump) <<'END'
["src/main.c","src/main.c",null,4,30,false,["a.md"],["a.md",1,"a.md",8]]
["run.sh","run.sh","755",1,9,false,["a.md"],["a.md",12]]
["two.c","two.c",null,2,19,false,["a.md","b.md"],["a.md",8,"b.md",1]]
END
  printf '```c {file=c.c}\n<<nobody>>\n```\n' >c.md
  run -3 --separate-stderr skein tangle --dump c.md
  jq -e '.targets[0] | .broken and (has("sha256") | not)' <<<"$output"
}

@test "--dry-run says what would be done, and does nothing" {
  parts
  run -0 skein tangle --dry-run a.md
  [ "$output" = $'created   src/main.c\ncreated   run.sh' ]
  [ ! -e .skein ] && [ ! -e run.sh ] && [ ! -e src ]
  skein tangle a.md
  sed -i 's/return 0/return 1/; /^```sh/,$d' a.md
  run -0 skein tangle -n a.md
  [[ $output == *'orphan    run.sh'*'written   src/main.c'* ]]
  run -0 skein clean -n a.md
  [ "$output" = 'removed   run.sh' ]
  [ -e run.sh ]
  echo edited >>src/main.c
  run -9 skein tangle -n a.md
  has 'conflict  src/main.c'
  run -2 skein tangle -n --check a.md
  has -- '--dry-run and --check do not go together'
}

@test "--json tells of each target what became of it" {
  parts
  same <(skein tangle --json a.md | jq -c '[.target, .path, .what, .document, .line, .bytes]') <<'END'
["src/main.c","src/main.c","created","a.md",1,30]
["run.sh","run.sh","created","a.md",12,9]
END
  sed -i 's/return 0/return 1/; s/755/700/' a.md
  echo '# more' >>run.sh
  [ "$(skein tangle --json a.md 2>/dev/null | jq -r .what | xargs)" = 'left conflict' ]
  [ "$(skein tangle --json --force a.md 2>/dev/null | jq -r .what | xargs)" = 'written written' ]
  [ "$(skein tangle --json a.md | jq -r .what | xargs)" = 'same same' ]
  chmod 755 run.sh
  [ "$(skein tangle --json a.md | jq -r .what | xargs)" = 'same mode' ]
  sed -i '/^```sh/,$d' a.md
  [ "$(skein tangle --json a.md 2>/dev/null | jq -r .what | xargs)" = 'orphan same' ]
  [ "$(skein clean --json a.md | jq -r '.what + .path')" = removedrun.sh ]
}

@test "--check -v shows the differences" {
  parts
  skein tangle a.md
  sed -i 's/return 0/return 1/' a.md
  run -1 --separate-stderr skein tangle --check -v a.md
  [ "$output" = $'--- src/main.c\n+++ a.md\n@@ -1,4 +1,4 @@\n int main(void)\n {\n-\treturn 0;\n+\treturn 1;\n }' ]
}

# All that tangling says and writes about the documents in ./docs.
everything() {
  skein tangle -C out --depfile d --stamp s docs
  cat out/*.c d
  skein tangle --list -C out docs
  skein tangle --dump -C out docs
  skein tangle --json -C out docs
}

@test "same input, same bytes: whatever the time, zone, locale, mask, user and order of files" {
  mkdir docs out
  parts
  for n in d b c a; do sed "s/src.main/$n/; s/run/$n/" a.md >docs/$n.md; done
  everything >first
  rm -r out docs
  mkdir docs out
  for n in a c b d; do sed "s/src.main/$n/; s/run/$n/" a.md >docs/$n.md; done
  touch -d 2031-01-01 docs/b.md
  (
    umask 077
    export TZ=Pacific/Chatham LC_ALL=C LANG=C HOME=/nowhere USER=nobody SOURCE_DATE_EPOCH=1
    everything >second 2>&1
  )
  same second <first
  # From elsewhere names differ, and nothing else does.
  skein tangle --dump -C out docs >here
  (cd out && skein tangle --dump -C . ../docs) | sed 's,\.\./docs/,docs/,g; s/"root":"\."/"root":"out"/; s/"path":"/&out\//' | same here
}

@test "-q says nothing of a target that was gone" {
  parts
  skein tangle a.md
  rm run.sh
  run -0 skein tangle -q a.md
  [ -z "$output" ]
  [ -x run.sh ]
}

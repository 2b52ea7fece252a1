load ../helper

# skein config: what holds, and who said so.

# A project, a user and a document that all say something.
project() {
  mkdir -p docs "$XDG_CONFIG_HOME/skein"
  cat >"$XDG_CONFIG_HOME/skein/config.lua" <<'E'
return { timeout = 20, cflags = "-Wall", memory = "2G", std = "c99",
         normalizers = { uid = "s/uid=[0-9]+/uid=U/", gid = "s/gid/g/" },
         engines = { awk = { command = { "awk" } }, sh = { command = { "dash" } } } }
E
  cat >skein.lua <<'E'
return {
  std = "c11", cflags = { "-DP=1", "-DQ=1" },
  documents = { ["docs/*.md"] = { cflags = "-DR=1", memory = "1G" },
                ["docs/a.md"] = { memory = "512M" } },
  normalizers = { uid = "s/uid=[0-9]+/uid=N/" },
  engines = { sh = { command = { "sh" } } },
  hooks = { block = function(b) return b end },
}
E
  doc docs/a.md <<'E'
---
skein:
  cflags: -DS=1
  libs: m
---

<!-- skein: session=one -->

'''c {#sum timeout=3s}
printf("%d %ld\n", P + Q + R + S, __STDC_VERSION__);
'''
E
}

# shown COMMAND...: its output, blanks squeezed.
shown() {
  "$@" | sed -E "s/ +/ /g; s|$PWD|.|" >shown
}

@test "each setting of a document is told with its value, who said it, and where" {
  project
  shown skein config docs/a.md std cflags memory timeout libs session buffer --set buffer=full
  same shown <<'E'
session one comment docs/a.md:7:13
std c11 project skein.lua:2:3
cflags -Wall user ./.config/skein/config.lua:1:24
cflags -DP=1 -DQ=1 project skein.lua:2:16
cflags -DR=1 project skein.lua:3:35
cflags -DS=1 front matter docs/a.md:3:3
libs m front matter docs/a.md:4:3
timeout 20 user ./.config/skein/config.lua:1:10
timeout 3s block docs/a.md:9:12
memory 512M project skein.lua:4:35
buffer full command line
E
  shown skein config cc memory engines hooks name
  same shown <<'E'
cc gcc default
memory 2G user ./.config/skein/config.lua:1:42
engines.awk {"command":["awk"]} user ./.config/skein/config.lua:3:22
engines.sh {"command":["sh"]} project skein.lua:6:15
hooks.block a function project skein.lua:7:13
E
  skein config --json docs/a.md timeout hooks | jq -c '[.name, .entry, .value, .origin, .file, .line, .column, .block]' >shown
  same shown <<E
["timeout",null,"20","user","$PWD/.config/skein/config.lua",1,10,null]
["timeout",null,"3s","block","docs/a.md",9,12,"sum"]
["hooks","block",{"function":7},"project","skein.lua",7,13,null]
E
  run -0 skein config
  [ "${#lines[@]}" -gt 40 ]
}

@test "what is said holds in this order: command line, block, document, project, user; what adds up adds up" {
  project
  run -0 skein run -o - docs/a.md
  has $'```output\n4 201112\n```'
  run -0 skein run -o - --set std=c17 --set "cflags=-DP=0 -DQ=0 -DR=0 -DS=5" docs/a.md
  has $'```output\n5 201710\n```'
  rm skein.lua
  run -0 skein run -o - --set "cflags=-DP=0 -DQ=0 -DR=0 -DS=5" docs/a.md
  has $'```output\n5 199901\n```'
}

@test "a word that is neither a document nor a setting is an error that knows the nearest" {
  run -2 skein config tmeout
  has "there is no document and no setting 'tmeout'; did you mean 'timeout'? [usage]"
  run -2 skein config gone.md
  has "there is no document 'gone.md' [usage]"
  touch a.md b.md
  run -2 skein config a.md b.md
  has "one document at a time"
}

@test "config runs nothing: no program, no hook" {
  ASAN_OPTIONS=detect_leaks=0	# it does not work under strace
  project
  sed -i 's/block = .*/block = function(b) error("called") end },/' skein.lua
  run -0 strace -f -e trace=execve,fork,vfork,clone,clone3 -o calls skein config docs/a.md
  [ "$(grep -c execve calls)" = 1 ]
  run -1 grep -E 'fork|clone' calls
}

@test "the schema has type, places, default, help and version of each setting" {
  skein config --schema | jq -e 'select(.type and .help and .since and (.places | length > 0) | not)' && return 1
  [ "$(skein config --schema buffer | jq -c '[.choices, .default, .adds_up, .places]')" = \
    '[["line","full"],"line",false,["block","document","project","user"]]' ]
  [ "$(skein config --schema | wc -l)" = "$(skein help options | grep -c '^[a-z]')" ]
}

@test "keys know what skein.lua says, not its bytes; a table that only says the same compiles nothing" {
  doc a.md <<'E'
'''c
WORD + 1
'''
E
  echo 'return { cflags = "-DWORD=1", timeout = "9s" }' >skein.lua
  run -0 skein run --explain a.md
  has "compiled"
  echo 'local all = { cflags = { "-DWORD=1" } } -- another text' >skein.lua
  echo 'all.libs = {} ; all.hooks = { } ; return all' >>skein.lua
  SKEIN_TRACE=settings run -0 skein run --no-compile a.md
  has "settings: skein.lua: read"
  grep -qx 2 a.md
  echo 'return { cflags = "-DWORD=2" }' >skein.lua
  run -0 skein run a.md
  grep -qx 3 a.md
}

load ../helper

# skein.lua and config.lua: what they say is what documents say, one layer below.

settings() {
  cat >skein.lua
}

@test "an unknown key, a wrong type and a key of blocks are errors at their places in skein.lua" {
  doc a.md <<<"'''c
1
'''"
  settings <<'EOT'
return {
  sdt = "c17", cflags = 3,
  timeout = "soon", file = "x.c", eval = false, libs = { "m", 2 },
  documents = { ["a.md"] = { ["run"] = "maybe", engines = {} } },
  trust = "/", engines = 4,
}
EOT
  run -3 skein list a.md
  has "skein.lua:2:3: error: there is no setting 'sdt'; did you mean 'std'? [unknown-setting]"
  has "skein.lua:2:16: error: 'cflags' is a number, and must be a text or a list of texts [bad-value]"
  has "skein.lua:3:3: error: the value 'soon' of 'timeout' must be a time"
  has "skein.lua:3:21: error: 'file' is an option of a block"
  has "skein.lua:3:35: error: there is no setting 'eval'; did you mean 'run'? [unknown-setting]"
  has "skein.lua:3:49: error: 'libs' holds a number, and must be a text or a list of texts [bad-value]"
  has "skein.lua:5:3: error: 'trust' is an option of a user: put it into your own settings [misplaced-option]"
  has "skein.lua:5:16: error: 'engines' is a number, and must be a table [bad-value]"
  settings <<<'return { documents = { ["a.md"] = { ["run"] = "maybe", engines = {} } } }'
  run -3 skein list a.md
  has "skein.lua:1:38: error: the value 'maybe' of 'run' must be true|false"
  has "skein.lua:1:56: error: 'engines' is an option of a project, not of a document"
  [ -z "$(skein list a.md 2>/dev/null)" ]
}

@test "settings that are no Lua, fail, return no table or never end are told with their line, and nothing is done" {
  doc a.md <<<"'''c {file=a.c}
1
'''"
  settings <<<$'return {\n  std = "c17"\n  libs = "m"\n}'
  run -3 skein tangle a.md
  has "skein.lua:3:3: error: this is not Lua: '}' expected (to close '{' at line 1) near 'libs' [bad-settings]"
  settings <<<$'local x\n\nreturn { std = x.y }'
  run -3 skein tangle a.md
  has "skein.lua:3:1: error: the settings fail: attempt to index a nil value (local 'x') [bad-settings]"
  settings <<<'return 3'
  run -3 skein tangle a.md
  has "it must return a table"
  settings <<<'return { "std", "c17" }'
  run -3 skein tangle a.md
  has "it must return a table with names"
  settings <<<'while true do end'
  run -7 skein tangle a.md
  has "steps [bad-settings]"
  printf 'return {\0}' >skein.lua
  run -3 skein tangle a.md
  has "skein.lua:1:9: error: settings hold no NUL byte [bad-settings]"
  printf 'return {\n std = "\xff" }' >skein.lua
  run -3 skein tangle a.md
  has "skein.lua:2:9: error: this is not valid UTF-8, as settings are [bad-settings]"
  head -c 1048577 /dev/zero | tr '\0' ' ' >skein.lua
  run -7 skein tangle a.md
  has "skein.lua: error: settings have at most 1048576 bytes [too-large]"
  rm skein.lua
  mkfifo skein.lua
  run -6 skein tangle a.md
  rm skein.lua
  mkdir skein.lua
  run -6 skein tangle a.md
  [ ! -e a.c ]
}

@test "a skein.lua that another user could have put there is passed over, and makes no root" {
  mkdir -p p/q
  doc p/q/a.md <<<"'''c {file=x.c}
1
'''"
  echo 'return { std = "c17", nonsense = 1 }' >p/skein.lua
  chmod 666 p/skein.lua
  run -0 skein tangle p/q/a.md
  has "p/skein.lua: warning: these settings are passed over: everybody may write them: chmod o-w; "
  has "[foreign-settings]"
  [ -e p/q/x.c ]
}

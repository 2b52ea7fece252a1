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

@test "with somebody else's skein.lua above, a document's root is its own folder; trust and sudo change that" {
  [ "$(id -u)" = 0 ] || skip "only root can give files away"
  mkdir -p above/mine
  doc above/mine/a.md <<<"'''c {file=x.c}
1
'''"
  echo 'return { line_directives = "true" }' >above/skein.lua
  chown 1234 above/skein.lua
  run -0 skein tangle above/mine/a.md
  has "above/skein.lua: warning: these settings are passed over: they belong to user 1234, not to you; "
  same above/mine/x.c <<<1
  run -0 env SUDO_UID=1234 skein tangle above/mine/a.md
  lacks "passed over"
  [ "$(head -n 1 above/x.c)" = '#line 2 "mine/a.md"' ]
  rm above/x.c
  mkdir -p "$XDG_CONFIG_HOME/skein"
  echo "return { trust = { \"$PWD/ab*\" } }" >"$XDG_CONFIG_HOME/skein/config.lua"
  run -0 skein tangle above/mine/a.md
  lacks "passed over"
  [ -e above/x.c ]
  rm "$XDG_CONFIG_HOME/skein/config.lua"
  # a folder of somebody else, with a file of ours in it
  chown 0 above/skein.lua
  chown 1234 above
  run -0 skein tangle above/mine/a.md
  has "their folder belongs to user 1234, not to you"
  # named as the root, it is passed over all the same
  run -0 skein list -C above above/mine/a.md
  has "above/skein.lua: warning: these settings are passed over"
  # settings of somebody else in the user's place
  echo 'return { std = "c17" }' >"$XDG_CONFIG_HOME/skein/config.lua"
  chown 1234 "$XDG_CONFIG_HOME/skein/config.lua"
  run -0 skein list above/mine/a.md
  has "config.lua: warning: these settings are passed over: they belong to user 1234"
}

@test "a link is no skein.lua; the user's config.lua may be one; above the root nothing is read" {
  mkdir -p p/q "$XDG_CONFIG_HOME/skein"
  doc p/q/a.md <<<"'''c {file=x.c}
1
'''"
  echo 'secret = "of somebody" oops' >secret
  ln -s ../../secret p/q/skein.lua
  run -6 skein tangle p/q/a.md
  has "skein.lua: error: the settings of a project cannot be a symbolic link: put the file itself there [refused-path]"
  lacks oops
  rm p/q/skein.lua
  : >p/q/skein.lua                              # empty: it only marks the root
  echo 'nonsense' >p/skein.lua
  echo 'return { line_directives = true }' >dotfile
  ln -s "$PWD/dotfile" "$XDG_CONFIG_HOME/skein/config.lua"
  skein tangle p/q/a.md
  [ "$(head -n 1 p/q/x.c)" = '#line 2 "a.md"' ]
  echo 'return { hooks = { block = function() end } }' >dotfile
  run -3 skein tangle p/q/a.md
  has "config.lua:1:10: error: 'hooks' is an option of a project: what a document gives must not depend on who runs it [misplaced-option]"
  echo 'return { filters = { a = "indent", b = function() end } }' >dotfile
  run -3 skein tangle p/q/a.md
  has "config.lua:1:36: error: a function stands in a project's skein.lua"
}

@test "options of some documents go by path, then by the longer pattern; each root has its own settings" {
  mkdir -p docs/deep other
  for f in a.md docs/b.md docs/c.md docs/deep/d.md other/e.md; do echo >"$f"; done
  settings <<'EOT'
return {
  omit = "0",
  documents = { ["**/*.md"] = { omit = "2" }, ["*.md"] = { omit = "1" }, ["docs/c.md"] = { omit = "4" },
                ["docs/**"] = { omit = "3", env = "A=1" }, ["docs/*.md"] = { env = { "B=1" } } },
  env = "C=1",
}
EOT
  : >other/skein.lua
  for f in a.md docs/b.md docs/c.md docs/deep/d.md other/e.md; do skein config --json "$f" omit env | jq -r .value; done |
    tr -d '\n[]" ' >got
  [ "$(<got)" = C=12C=1A=1B=13C=1A=1B=14C=1A=13nullnull ]
}

@test "what a project says passes the same checks as what a document says" {
  doc a.md <<<"'''c
1
'''"
  settings <<<'return { cc = "/usr/bin/gcc" }'
  run skein run -o - a.md
  [ "$status" = 6 ]
  has "skein.lua:1:10: error:"
  settings <<<'return { cflags = "-fplugin=x.so" }'
  run -6 skein run -o - a.md
  has "skein.lua:1:10: error:"
  settings <<<'return { prelude = "../x.h" }'
  run -6 skein run -o - a.md
  settings <<<'return { env = "LD_PRELOAD=x.so" }'
  run -6 skein run -o - a.md
  has "skein.lua:1:10: error: 'LD_PRELOAD' would be loaded"
  settings <<<$'return { normalize = "no-such" }'
  run -3 skein check a.md
  has "skein.lua:1:10: error:"
}

@test "the page on settings shows settings that are right" {
  awk '/^## /{inside = 0} /^## How settings/{inside = 1} inside && /^```lua/ {lua = 1; next} /^```$/{if (lua) exit; lua = 0} lua' \
    "$SKEIN_TOP/docs/settings.md" >skein.lua
  grep -q normalizers skein.lua
  echo >a.md
  run -0 skein list a.md
  [ "$(skein config --json a.md output-limit | jq -r .value)" = 4K ]
}

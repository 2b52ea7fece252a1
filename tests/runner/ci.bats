load ../helper

# The recipes of docs/ci.md, action.yml and .pre-commit-hooks.yaml, as they stand.

# project: the recipes in checks/, with documents to check; one of them is wrong after `spoil`.
project() {
  skein tangle -q -C . "$SKEIN_TOP/docs/ci.md"
  cd checks || return 1
  mkdir docs
  doc README.md <<'E'
'''c
1 + 1
'''

'''output
2
'''
E
  printf 'Words.\n' >docs/more.md
}

spoil() {
  sed -i 's/^2$/3/' README.md
}

# yaml FILE EXPRESSION: what ruby makes of it; y is the document.
yaml() {
  ruby -ryaml -rjson -e 'y = YAML.load(File.read(ARGV[0])); r = eval(ARGV[1]); puts r.is_a?(String) ? r : r.to_json' "$@"
}

# action NAME: the script of that step of the action.
action() {
  yaml "$SKEIN_TOP/action.yml" "y['runs']['steps'].find { |s| s['name'] == '$1' }['run']"
}

@test "every recipe in YAML is YAML, and asks for no more than it needs" {
  project
  for f in *.yml; do yaml "$f" 'y.class' >/dev/null; done
  [ "$(yaml github.yml 'y["permissions"]')" = '{"contents":"read"}' ]
  [ "$(yaml github.yml 'y["jobs"]["check"]["steps"][0]["with"]["persist-credentials"]')" = false ]
  # pull_request_target and secrets are for nobody's documents
  run ! grep -E 'pull_request_target|secrets\.' *.yml "$SKEIN_TOP/action.yml"
  [ "$(yaml gitlab.yml 'y["skein"]["artifacts"]["reports"]["junit"]')" = skein.xml ]
  # each step of the action either uses one or runs a script, in which nothing is put that others wrote
  yaml "$SKEIN_TOP/action.yml" 'y["runs"]["steps"].all? { |s| s["uses"] || s["shell"] == "bash" && !s["run"].include?("${{") }' | same <(echo true)
  yaml "$SKEIN_TOP/action.yml" 'y["runs"]["steps"].map { |s| s["uses"] }.compact.sort' |
    same <(echo '["actions/cache/restore@v4","actions/cache@v4"]')
  # what writes the cache does not do so in a pull request
  yaml "$SKEIN_TOP/action.yml" 'y["runs"]["steps"].select { |s| s["uses"] == "actions/cache@v4" }.all? { |s| s["if"].include?("event_name != ") }' |
    same <(echo true)
  # inputs of the recipes are the action's
  for f in github*.yml; do
    yaml "$f" "JSON.generate(y).scan(/\"with\":\{\"(paths|args|report|cache)\"/).flatten.uniq - YAML.load(File.read('$SKEIN_TOP/action.yml'))['inputs'].keys" | same <(echo '[]')
  done
  # it installs what the README says
  diff <(action 'install skein' | grep -o 'gcc make .*') <(grep -o 'gcc make .*libutf8proc-dev' "$SKEIN_TOP/README.md" | head -n 1)
}

@test "the image is built with what the README says" {
  project
  diff <(grep -o 'gcc make .*' Dockerfile) <(grep -o 'gcc make .*libutf8proc-dev' "$SKEIN_TOP/README.md" | head -n 1)
}

@test "the action's scripts" {
  skein check --help | grep -q -- --report || skip "no --report yet"
  project
  action 'install skein' >install
  action 'skein check' >check
  run -0 bash -eo pipefail install
  # without skein it is built and installed, by whoever may
  mkdir bin
  for name in sudo apt-get make; do
    printf '#!/bin/sh\necho "%s $*" >>log\n[ %s != sudo ] || "$@"\n' $name $name >bin/$name
    chmod +x bin/$name
  done
  GITHUB_ACTION_PATH=/the/action PATH=$PWD/bin:/usr/bin:/bin bash -eo pipefail install
  grep -v ^sudo log | sed 's/ gcc .*//' | same <(printf '%s\n' 'apt-get update -q' \
    'apt-get install -qy --no-install-recommends' 'make -s -C /the/action install')
  # words are words, whatever is in them
  export ARGS='--exclude *.mkd -q' PATHS='README.md docs' REPORT=
  touch a.mkd
  run -0 bash -eo pipefail check
  spoil
  REPORT='a b.xml' run -1 bash -eo pipefail check
  has 'file=README.md,line=6,'
  grep -q '<testsuite' 'a b.xml'
  PATHS='$(touch x) ;touch x' ARGS='' run -8 bash -eo pipefail check
  [ ! -e x ]
  PATHS='-x' ARGS='' run -8 bash -eo pipefail check
  has '-x: error: cannot read'
}

@test "the GitLab job" {
  skein check --help | grep -q -- --report || skip "no --report yet"
  project
  yaml gitlab.yml 'y["skein"]["script"].join("\n")' >job
  export CI_NODE_TOTAL=2 SKEIN_CACHE_DIR=$PWD/.cache/skein SKEIN_CACHE_MAX_SIZE=300M
  # as a cache comes out of GitLab's archive
  mkdir -p .cache/skein
  chmod 777 .cache .cache/skein
  spoil
  CI_NODE_INDEX=1 run -1 bash -e job
  has 'output-differs'
  grep -q 'README.md' skein.xml
  CI_NODE_INDEX=2 run -0 bash -e job
  has '1 of 2 documents in shard 2/2'
}

@test "pre-commit's entries, on files that are staged, and a hook without it" {
  project
  export GIT_CONFIG_NOSYSTEM=1 HOME=$PWD
  export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
  entry() { yaml "$SKEIN_TOP/.pre-commit-hooks.yaml" "y.find { |h| h['id'] == '$1' }['entry']"; }
  yaml pre-commit.yml 'y["repos"][0]["hooks"].map { |h| h["id"] }' | same <(echo '["skein-check"]')
  # which files are its own, and no others
  yaml "$SKEIN_TOP/.pre-commit-hooks.yaml" \
    '%w[a.md d/B.MD a.Rmd a.qmd a.markdown a.md.c md a.c].select { |f| f =~ Regexp.new(y[0]["files"]) }' |
    same <(echo '["a.md","d/B.MD","a.Rmd","a.qmd","a.markdown"]')
  rm ./*.yml
  git init -q .
  git add README.md docs hook
  git commit -qm 1
  cp hook .git/hooks/pre-commit
  printf -- '---\nskein: {prelude: n.h}\n---\n```c\nN\n```\n\n```output\n4\n```\n' >docs/n.md
  echo '#define N 4' >n.h
  git add .
  git commit -qm 2
  echo '#define N 5' >n.h
  # only the header is staged: who looks at documents alone does not see it
  git add n.h
  run -0 $(entry skein-tangle)
  run -1 $(entry skein-changed)
  has 'docs/n.md'
  run -1 git commit -qm 3
  has 'skein: 1 of 3 documents changed since HEAD'
  run -0 $(entry skein-check) README.md docs/more.md
  run -1 $(entry skein-check) docs/n.md
  echo '#define N 4' >n.h
  git add n.h
  echo >>docs/more.md
  git commit -qam 3
}

@test "make, CMake and Meson" {
  project
  run -0 make -s check-docs
  run -0 make -s -j2 check-docs
  lacks jobserver
  cmake -S . -B build >/dev/null
  (cd build && run -0 ctest)
  meson setup meson >/dev/null
  run -0 meson test -C meson
  spoil
  run -2 make -s check-docs
  has 'output-differs'
  (cd build && run -8 ctest --output-on-failure && has 'output-differs')
  run ! meson test -C meson
}

load ../helper

@test "skein cache tells its verbs, and names the nearest for a wrong one" {
  run -0 skein cache --help
  has 'cache path'
  run -2 skein cache
  has 'cache path'
  run -2 skein cache pth
  has "there is no command 'cache pth'; did you mean 'cache path'?"
  run -2 skein cache whatever
  has "there is no command 'cache whatever'; see skein cache --help"
  run -0 skein help cache path
  has 'usage: skein cache path'
  run -2 skein cache path --jsn
  has "did you mean '--json'?"
}

@test "skein cache path says where the cache is" {
  run -0 env SKEIN_CACHE_DIR="$PWD/there" skein cache path
  [ "$output" = "$PWD/there" ]
  run -0 env -u SKEIN_CACHE_DIR XDG_CACHE_HOME="$PWD/x" skein cache path --json
  [ "$output" = "{\"path\":\"$PWD/x/skein/v1\"}" ]
}

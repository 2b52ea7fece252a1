load ../helper

# The cache's keeping: gc, clean, stats, list, verify, doctor. What goes in which
# order is tested in tests/unit/gc.c, with forged entries.

@test "a limit of the cache that cannot be read is told, and what holds without it holds" {
  printf '```c\n1\n```\n' >a.md
  run -0 env SKEIN_CACHE_MAX_SIZE=lots skein run -o - a.md
  has "warning: SKEIN_CACHE_MAX_SIZE='lots' is not a size like 300M, and does not count [cache-limit]"
  run -0 env SKEIN_CACHE_MAX_SIZE=lots skein run -o - a.md
  lacks cache-limit
}

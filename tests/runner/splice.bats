load ../helper

# The aimed outputs are tests/unit/splice.c; this is a second of `make fuzz`.
@test "any output in any document is read back as it was, and nothing around it changes" {
  run timeout 60 "$SKEIN_BUILD/tests/fuzz/splice" "${SKEIN_SEED:-1}" 1
  echo "$output"
  [ "$status" = 0 ]
}

@test "an output with the end of a comment, or of front matter, leaves all cells as they were" {
  printf '%s\n' '---' '# below a rule, which is no front matter' '<!-- skein: cell' 'puts("--" ">");' '-->' '' '```c' 'puts("---");' 'puts("...");' '```' >a.md
  cp a.md before
  skein run a.md
  run -0 skein list a.md
  has "2 cells"
  cp a.md once
  run -0 skein check a.md
  skein run a.md
  cmp a.md once
}

@test "a list that a blank line before an output makes loose stays so, another stays tight" {
  doc a.md <<'E'
- a
  '''c
  puts("new");
  '''

  '''output
  old
  '''
- b

> 1. '''c
>    puts("new");
>    '''
> 2. b
E
  skein run a.md
  same a.md <<'E'
- a
  ```c
  puts("new");
  ```

  ```output
  new
  ```
- b

> 1. ```c
>    puts("new");
>    ```
>    ```output
>    new
>    ```
> 2. b
E
}

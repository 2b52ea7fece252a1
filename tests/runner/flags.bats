load ../helper

# The flags that a document may give: each is one of gcc's or clang's.

# Each spelling of the table in flags.c, both ways where it has two, with a value.
spellings() {
  sed -n '/^static const struct rule allowed/,/^};/p' "$SKEIN_TOP/runner/build/flags.c" |
    grep -oE '\{ "[^"]*", [A-Z]+ \}' | tr -d '{}",' |
    while read -r spelling rest; do
      case $rest in NOTHING) value= ;; DIGIT) value=1 ;; STANDARD) value=c11 ;; ANY) value=X=1 ;; *) value=x ;; esac
      case $spelling in
      -gdwarf-) value=4 ;;
      -march= | -mtune= | -mcpu=) value=native ;;
      -mfpmath=) value=sse ;;
      -mprefer-vector-width=) value=256 ;;
      -mcmodel=) value=large ;;
      -fno-builtin-) value=memcpy ;;
      *charset=) value=UTF-8 ;;
      -fcf-protection=) value=none ;;
      -ftrivial-auto-var-init=) value=zero ;;
      -ffp-contract=) value=off ;;
      -fexcess-precision=) value=fast ;;
      +mavx512) value=f ;;
      +fsanitize*=) value=undefined ;;
      esac
      case $spelling in
      +*) echo "-${spelling#+}$value -${spelling:1:1}no-${spelling:2}$value" ;;
      *) echo "$spelling$value" ;;
      esac
    done | tr ' ' '\n'
}

# unknown COMPILER: of the flags in `all`, those that it does not know.
unknown() {
  LC_ALL=C xargs "$1" -fsyntax-only -x c /dev/null <all 2>&1 |
    sed -nE "s/.*(unrecognized command-line option|unknown argument:?|unsupported option) '([^']*)'.*/\2/p" | sort -u
}

@test "each allowed flag is known to gcc or to clang" {
  spellings >all
  [ "$(wc -l <all)" -gt 200 ]
  grep -qx -e -fno-wrapv all
  unknown gcc >gcc.unknown
  unknown clang >clang.unknown
  grep -qx -e -fblocks gcc.unknown		# what only clang has
  grep -qx -e -fplan9-extensions clang.unknown	# what only gcc has
  comm -12 gcc.unknown clang.unknown | sed '/^-f\(no-\)\{0,1\}strict-flex-arrays/d' >nobody
  same nobody </dev/null			# -fstrict-flex-arrays is newer than both
}

@test "each allowed flag is taken from a document" {
  spellings >all
  printf '```c {cflags="%s" run=compile}\n1;\n```\n' "$(tr '\n' ' ' <all | sed 's/-[a-z-]*fsanitize[^ ]*//g')" >a.md
  run -4 skein run --no-compile a.md
  has "[not-cached]"
  lacks "cannot stand in a document"
}

load ../helper

# Hooks of skein.lua: functions that see blocks, and texts of cells, and change them.

# hooks: skein.lua has these hooks, from standard input.
hooks() {
  { echo 'return { hooks = {'; cat; echo '} }'; } >skein.lua
}

@test "a block hook changes options, and so what is run" {
  hooks <<'E'
    block = function(b)
      if b.options.example then
        b.options.run = "compile"
        return b
      elseif b.language == "c" and b.line > 12 then
        return false
      end
    end,
E
  doc a.md <<'E'
'''c
6 * 7
'''

'''c example
int unfinished(void) { return missing; }
'''

'''{.c .example}
int whole(void) { return 1; }
'''

'''c
int never = run;
'''
E
  run -4 skein run a.md
  has "a.md:6:31: error: 'missing' undeclared"
  has "1 of 3 cells ran"
  same a.md < <(doc /dev/stdout <<'E'
'''c
6 * 7
'''

'''output
42
'''

'''c example
int unfinished(void) { return missing; }
'''

'''{.c .example}
int whole(void) { return 1; }
'''

'''c
int never = run;
'''
E
  )
}

@test "what a compile hook adds keeps the lines of the document, and is named where it is wrong" {
  hooks <<'E'
    compile = { c = function(c)
      c.text = "#include <assert.h>\n#define DOUBLE(x) (2 * (x))\n" .. c.text .. "\nhook_end();\n"
      return c
    end },
E
  doc a.md <<'E'
'''c
#include <stdio.h>
static void hook_end(void) { puts("end"); }
printf("%d\n", DOUBLE(21));
'''

'''c
//| timeout: 5s
int *p = 0;

*p = 1;
'''
E
  run -5 skein run a.md
  has "a.md:11:4: error: this cell failed: crashed: write to *p, where p is NULL [crash]"
  same a.md < <(doc /dev/stdout <<'E'
'''c
#include <stdio.h>
static void hook_end(void) { puts("end"); }
printf("%d\n", DOUBLE(21));
'''

'''output
42
end
'''

'''c
//| timeout: 5s
int *p = 0;

*p = 1;
'''

'''output-error
crashed: write to *p, where p is NULL
line 4: *p = 1;
state: as before this cell
'''
E
  )
  hooks <<'E'
    compile = function(c)
      c.text = "#include <no-such.h>\n" .. c.text
      return c
    end,
E
  doc c.md <<'E'
'''c
int x = y;
'''
E
  run -4 skein run c.md
  has "c.md:2:1: error: no-such.h: No such file or directory [compile]"
  has "skein.lua:2:5: note: this puts in the line that is meant: #include <no-such.h>"
}

@test "an error in a hook names its line and the block, which is not run" {
  hooks <<'E'
    block = function(b)
      if b.name == "bad" then b.options.timeout = b.options.minutes * 60 end
      return b
    end,
E
  doc a.md <<'E'
'''c
6 * 7
'''

'''c #bad
int never;
'''

'''output
what was there
'''
E
  run -3 skein run a.md
  has "skein.lua:3:7: error: in hook 'block': attempt to perform arithmetic on a nil value (field 'minutes') [hook]"
  has "a.md:5:1: note: it was called for this block"
  has "1 of 2 cells ran, 1 cannot be used"
  grep -qx 42 a.md
  grep -qx "what was there" a.md
}

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

@test "what a hook gives back is checked: its shape, its fields, what may not be changed" {
  doc a.md <<'E'
'''c #sum
6 * 7
'''
E
  cp a.md before.md
  refused() {
    hooks
    run -3 skein run a.md
    has "skein.lua:2:$1: error: in hook '$2': $3 [hook]"
    cmp a.md before.md
  }
  refused 1 block "it must return the table, false to leave it out, or nothing" \
    <<<'block = function(b) return 3 end'
  refused 1 block "it changes the table that it gets, and returns nothing: return the table" \
    <<<'block = function(b) b.options.timeout = "5s" end'
  refused 1 block "there is no field 'option'; did you mean 'options'?" \
    <<<'block = function(b) b.option = {} return b end'
  refused 1 block "'text' cannot be changed here, but 'options'" \
    <<<'block = function(b) b.text = "" return b end'
  refused 1 block "the option 'file' cannot be changed: skein tangle, which runs no hooks, goes by it" \
    <<<'block = function(b) b.options.file = "a.c" return b end'
  refused 1 block "'options' is missing: return the table that came in" \
    <<<'block = function(b) return { name = b.name } end'
  refused 1 document "'blocks' is missing in the table that it returned: return the one that came in" \
    <<<'document = function(d) d.blocks = nil return d end'
  refused 1 document "'number' cannot be changed here, but 'options'" \
    <<<'document = function(d) d.blocks[1].number = 7 return d end' || \
    has "'blocks' has a table that is none of the document's"
  refused 1 compile "'text' must be a text" <<<'compile = function(c) c.text = {1} return c end'
  refused 1 output "'stdout' must be a text" <<<'output = function(o) o.stdout = 5 return o end'
  refused 1 output "there is no field 'stdour'; did you mean 'stdout'?" \
    <<<'output = function(o) o.stdour = "5" return o end'
  cp a.md b.md; printf '\n```output\n43\n```\n' >>a.md; cp a.md before.md
  refused 1 normalize "'text' must be a text" <<<'normalize = function(o) o.text = false return o end'
  hooks <<<'blok = function(b) return b end'
  run -3 skein run b.md
  has "skein.lua:2:1: error: there is no hook 'blok'; did you mean 'block'? [hook]"
  hooks <<<'block = { c = 3 }'
  run -3 skein run b.md
  has "error: the hook 'block' must be a function, or a table of functions by language [hook]"
  hooks <<<'block = function(b) b.options.timout = "5s"; b.options.memory = "many" return b end'
  run -3 skein run b.md
  has "skein.lua:2:1: warning: there is no option 'timout'; did you mean 'timeout'? [unknown-option]"
  has "skein.lua:2:1: error: the value 'many' of 'memory' must be a size such as 64K, 16M or 1G, or none [bad-value]"
  has "b.md:1:1: note: the hook 'block' gives this block that option"
  hooks <<<'block = function(b) while true do end end'
  printf '\n```c\n1\n```\n' >>b.md
  run -7 skein run b.md
  has "[hook]"
  has "2 cannot be used"
}

@test "output hooks change what is written, of cells and of commands, and twice is once" {
  hooks <<'E'
    output = function(o)
      for _, key in ipairs { "stdout", "stderr", "error" } do
        if o[key] then o[key] = skein.re.gsub(o[key], "/secret/[a-z]+", "$$HOME") end
      end
      if o.name == "quiet" then return false end
      return o
    end,
E
  doc a.md <<'E'
'''c
fprintf(stderr, "in /secret/place\n");
puts("/secret/name/x\n```");
'''

'''c #quiet
puts("never seen");
'''

'''console {run}
$ echo /secret/of; false
[1]
$ echo plain
'''
E
  run -0 skein run a.md
  same a.md < <(doc /dev/stdout <<'E'
'''c
fprintf(stderr, "in /secret/place\n");
puts("/secret/name/x\n```");
'''

````output
$HOME/x
'''
````

'''output-stderr
in $HOME
'''

'''c #quiet
puts("never seen");
'''

'''console {run}
$ echo /secret/of; false
$HOME
[1]
$ echo plain
plain
'''
E
  )
  cp a.md before.md
  run -0 skein run a.md
  cmp a.md before.md
  run -0 skein check --twice a.md
  cmp a.md before.md
}

@test "a normalize hook decides what counts, is never written, and keeps the lines that still hold" {
  hooks <<'E'
    normalize = { c = function(o)
      o.text = skein.re.gsub(o.text, "took [0-9]+ ms", "took some time")
      return o
    end },
E
  doc a.md <<'E'
'''c
printf("took %d ms\nsum %d\n", 17, 42);
'''

'''output
took 3 ms
sum 42
'''
E
  cp a.md before.md
  run -0 skein check a.md
  run -0 skein run a.md
  cmp a.md before.md
  sed -i 's/^sum 42/sum 41/' a.md
  run -1 skein check a.md
  run -0 skein run a.md
  cmp a.md before.md
}

@test "a document hook sees all blocks, before the others see one, and they share what they know" {
  hooks <<'E'
    document = function(d)
      local n = 0
      for _, b in ipairs(d.blocks) do
        if b.kind == "cell" then
          n = n + 1
          figures[b.line] = n .. " of " .. #d.blocks
        end
      end
      d.options.timeout = "20s"
      d.blocks[#d.blocks] = nil
      return d
    end,
    output = function(o)
      o.stdout = "Figure " .. figures[o.line] .. ": " .. o.stdout
      return o
    end,
E
  sed -i '1i figures = {}' skein.lua
  doc a.md <<'E'
'''c
1
'''

'''sh
make
'''

'''c #two
2
'''

'''c
abort();
'''
E
  cp a.md b.md
  run -0 skein run --only two a.md                # the numbers are the same
  grep -qx 'Figure 2 of 4: 2' a.md
  run -1 grep 'Figure 1' a.md
  run -0 skein run a.md b.md
  cmp a.md b.md
  grep -qx 'Figure 1 of 4: 1' a.md
  grep -qx 'Figure 2 of 4: 2' a.md
  run -1 grep -c crash a.md
  run -0 skein check -q .
}

@test "hooks run where cells do, and nowhere else" {
  hooks <<'E'
    document = function(d) error("called") end,
    block = function(b) error("called") end,
E
  doc a.md <<'E'
'''c file=a.c
int a = 1;
'''
E
  run -0 skein tangle a.md
  lacks called
  same a.c <<<'int a = 1;'
  for verb in list config; do
    run -0 skein $verb a.md
    lacks called
  done
  for verb in run check accept; do
    run -3 skein $verb a.md
    has "in hook 'document': called [hook]"
  done
}

@test "a warm run with hooks starts no compiler, and one that changes is noticed" {
  hooks <<'E'
    compile = function(c) c.text = "#define N 41\n" .. c.text return c end,
E
  doc a.md <<'E'
'''c {cache=run}
printf("%d\n", N + 1);
'''
E
  run -0 skein run a.md
  grep -qx 42 a.md
  run -0 skein run --no-compile --explain a.md
  has recorded
  sed -i 's/N 41/N 51/' skein.lua
  run -0 skein run a.md
  grep -qx 52 a.md
}

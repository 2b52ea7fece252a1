load ../helper

# What a run tells others: events, JUnit XML, GitHub's annotations, the last line.

# One cache for this file: its cells are compiled once.
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  PATH=$SKEIN_BUILD:$PATH
  export SKEIN_CACHE_DIR=$BATS_FILE_TMPDIR/.cache LC_ALL=C.UTF-8 TZ=UTC
  unset SKEIN_TRACE NO_COLOR MAKEFLAGS GITHUB_ACTIONS GITHUB_WORKSPACE GITHUB_STEP_SUMMARY GITHUB_SHA TF_BUILD TEAMCITY_VERSION
}

# A document in which nearly everything happens.
everything() {
  doc "$1" <<'E'
'''c {#hello}
printf("hello\n");
1 + 1
'''

'''output
hallo
2
'''

'''c
int f(void) { return undeclared; }
'''

'''c
f()
'''

'''c {#odd}
printf("a\x1b[1mb\x01 & <c> ]]> \"q\"\r\n ::add-mask::m\n##[group]x\n\xff\n");
'''

'''c {fails=exit:3}
exit(3);
'''

'''output-error
ended early by exit(3)
line 1: exit(3);
state: as before this cell
'''

'''c {#status}
exit(4);
'''

'''c {fails=crash}
2 + 2
'''

'''console {.run}
$ echo hello
hello
'''

'''c,ignore
sketch();
'''

'''c {file=out/x.c}
int x;
'''
E
  mkdir -p out
  echo 'int y;' >out/x.c
}

# valid FILE: every line is as docs/events.schema.json has it.
valid() {
  python3 "$SKEIN_TOP/tests/schema.py" "$SKEIN_TOP/docs/events.schema.json" <"$1"
}

# holds FILTER: it gives true once, of all lines of events.
holds() {
  jq -n -e "[inputs | $1] == [true]" events >/dev/null || { echo "not once true: $1"; return 1; }
}

@test "--json tells what happens, in order and as the schema says, and messages with their notes" {
  everything a.md
  printf '```c\n7\n```\n\n```output\n7\n```\n<<nosuch>>\n\n```c {file=y.c}\n<<nosuch>>\n```\n' >b.md
  run -3 --separate-stderr skein check --json a.md b.md
  echo "$output" >events
  valid events
  jq -r '[.event, (.document // empty)] | join(" ")' events | uniq >got
  same got <<'E'
begin
message b.md
document-begin a.md
message a.md
cell a.md
message a.md
document-end a.md
document-begin b.md
cell b.md
document-end b.md
message a.md
target a.md
end
E
  jq -r 'select(.event == "cell") | [.cell, .name // "-", .line // "-", .end_line, .kind // "-", .end, .comparison // "-", .expected] | join(" ")' events >got
  same got <<'E'
1 hello 1 4 statements ran differs true
2 - 11 13 declarations unbuilt - false
3 - 15 17 statements blocked - false
4 odd 19 21 statements ran differs true
5 - 23 25 statements ran same true
6 status 33 35 statements ran differs false
7 - 37 39 statements ran differs false
8 - 41 44 console ran same true
1 - 1 3 statements ran same true
E
  jq -r 'select(.event == "message" and .document == "a.md") | [.id, .status, .cell // "-", .line, (.notes // [] | length)] | join(" ")' events >got
  same got <<'E'
compile 4 2 12 0
exit 5 6 34 1
unexpected-success 5 7 37 0
blocked 4 - 15 1
output-differs 1 - 1 0
output-differs 1 - 19 0
output-differs 1 - 33 0
output-differs 1 - 37 0
stale-target 1 - 50 2
E
  holds 'select(.event == "message" and .id == "compile") | [.line, .column, .end_column] == [12, 22, 23]'
  holds 'select(.event == "cell" and .name == "hello").diff | endswith("@@ -7,2 +7,2 @@\n-hallo\n+hello\n 2\n")'
  holds 'select(.event == "document-end" and .document == "a.md") | .status == 4 and (.counts | [.cells, .ran, .differ, .unbuilt, .blocked, .ended, .failed, .listings] == [8, 4, 2, 1, 1, 1, 1, 1])'
  holds 'select(.event == "target") | [.path, .differs] == ["out/x.c", true]'
  holds 'select(.event == "end") | .status == 3 and .counts.documents == 2 and .counts.cells == 9'

  # what cannot even begin is an event, too
  run -8 --separate-stderr skein check --json nosuch.md
  echo "$output" >events
  valid events
  jq -s -e 'map(.event) == ["begin", "message", "end"] and .[1].file == "nosuch.md" and .[2].status == 8' events
  # and so is each message that is left out in print
  for k in $(seq 30); do echo "<!-- skein: nosuch$k=1 -->"; echo; done >c.md
  run -0 --separate-stderr skein check --json c.md
  [ "$(grep -c '"event":"message"' <<<"$output")" = 30 ]
  [[ $stderr == *'10 more of ['* ]]
}

@test "--report junit= has a case a cell, readable as XML whatever cells print, and is never put over a document" {
  everything a.md
  printf '```c {#hello}\n7\n```\n\n```output\n7\n```\n' >b.md
  run -8 skein check --report junit=new/report.xml a.md b.md nosuch.md
  has "2 documents: 5 of 9 cells ran, 2 differ, 1 does not compile, 1 blocked, 1 ended with a status, 1 failed, 1 listing"
  cat >show.py <<'P'
import xml.etree.ElementTree as E
t = E.parse("new/report.xml").getroot()
for s in [t, *t]:
    print(s.tag, s.get("name"), *(s.get(k) for k in ("tests", "failures", "errors", "skipped")))
    for c in s if s is not t else []:
        assert float(c.get("time")) >= 0
        r = [x.tag + " " + x.get("type") for x in c if x.tag[:6] != "system"]
        print("", c.get("classname"), repr(c.get("name")), c.get("file"), c.get("line"), *r)
odd = t.find(".//testcase[@name='odd']")
print(repr(odd.find("system-out").text))
print(repr(odd.find("failure").text.split("@@\n")[1]))
P
  python3 show.py >got
  same got <<'E'
testsuites skein check 13 4 3 1
testsuite a.md 9 3 2 1
 a 'document' a.md 1
 a 'hello' a.md 1 failure output-differs
 a 'cell 2' a.md 11 error compile
 a 'cell 3' a.md 15 skipped blocked
 a 'odd' a.md 19 failure output-differs
 a 'cell 5' a.md 23
 a 'status' a.md 33 error exit
 a 'cell 7' a.md 37 failure unexpected-success
 a 'cell 8' a.md 41
testsuite b.md 2 0 0 0
 b 'document' b.md 1
 b 'hello' b.md 1
testsuite skein check 1 0 1 0
 nosuch 'io: cannot read: No such file or directory' nosuch.md None error io
testsuite targets 1 1 0 0
 targets 'out/x.c' a.md 50 failure stale-target
'a␛[1mb␁ & <c> ]]> "q"\r\n ::add-mask::m\n##[group]x\n�\n'
'+ab\\x01 & <c> ]]> "q"\n+ ::add-mask::m\n+##[group]x\n+\\xff\n'
E
}

@test "a report is refused where it would cost a text, and flags that no report has are named" {
  printf '```c\n7\n```\n' >a.md
  echo '<h1>text</h1>' >text
  run -6 skein check --report junit=text a.md
  has "text: error: this file holds something else than a report and is left as it is: name another one for --report [not-a-report]"
  : >empty.md
  ln empty.md other.xml
  run -6 skein check --report junit=other.xml a.md empty.md
  has "empty.md: error: --report junit= names the document itself: name another file [same-file]"
  [ ! -s empty.md ]
  [ "$(cat text)" = '<h1>text</h1>' ]
  run -2 skein check --report junti=x a.md
  has "--report takes junit=FILE or github, not 'junti=x'; did you mean junit=FILE?"
  run -2 skein check --report githb a.md
  has "did you mean github?"
  run -2 skein check --report junit a.md
  has "--report junit needs a file"
  run -2 skein check --json --report junit=- a.md
  has "would both print"
  run -8 skein check --report junit=/proc/x/r.xml a.md
  has "/proc/x/r.xml: error: cannot write"
  # the old report is replaced, and nothing is printed that is not of the report
  echo '<?xml version="1.0"?><old/>' >r.xml
  run -1 --separate-stderr skein check --report junit=r.xml --report junit=r.xml --report github a.md
  [[ $output == ---* ]]
  grep -q '<testsuites name="skein check" tests="2" failures="1"' r.xml
  run -1 --separate-stderr skein check --report junit=- a.md
  diff <(sed -E 's/ time="[^"]*"//g' <<<"$output") <(sed -E 's/ time="[^"]*"//g' r.xml)
}

# has_page TEXT: the page for GitHub holds it.
has_page() {
  grep -qF -- "$1" "$GITHUB_STEP_SUMMARY" || { cat "$GITHUB_STEP_SUMMARY"; return 1; }
}

@test "--report github annotates the changed line in the repository, the gravest first and ten of a kind" {
  mkdir -p work/repo/.git work/repo/docs
  cd work/repo/docs
  everything a.md
  export GITHUB_ACTIONS=true GITHUB_WORKSPACE=$BATS_TEST_TMPDIR/work GITHUB_STEP_SUMMARY=$BATS_TEST_TMPDIR/page
  run -4 --separate-stderr skein check --report github a.md
  grep '^::' <<<"$stderr" >got
  same got <<'E'
::error title=compile%3A cell 2,file=docs/a.md,line=12,endLine=12,col=22,endColumn=22::'undeclared' undeclared
::error title=exit%3A status,file=docs/a.md,line=34,endLine=34,col=1,endColumn=1::this cell failed: ended early by exit(4)%0Aa.md:33:1: note: the session goes on with the state from before this cell
::error title=unexpected-success%3A cell 7,file=docs/a.md,line=37,endLine=37,col=7,endColumn=17::this cell was expected to fail, and did not: take 'fails' away if that is right
::error title=output-differs%3A hello,file=docs/a.md,line=7,endLine=7::the output of this cell differs from what is recorded; skein run puts the new one in place%0A--- a.md	output recorded%0A+++ a.md	output now%0A@@ -7,2 +7,2 @@%0A-hallo%0A+hello%0A 2
::error title=output-differs%3A odd,file=docs/a.md,line=21,endLine=21::the output of this cell differs from what is recorded; skein run puts the new one in place%0A--- a.md	output recorded%0A+++ a.md	output now%0A@@ -21,0 +22,4 @@%0A+ab\x01 & <c> ]]> "q"%0A+ ::add-mask::m%0A+##[group]x%0A+\xff
E
  # a page of Markdown for people, to which steps add
  has_page '### skein check: 4 of 8 cells ran, 2 differ'
  has_page '| <code>docs&#47;a&#46;md</code> | 8 | 4 | 2 | 1 | 2 | 1 |'
  has_page '<details><summary><code>docs&#47;a&#46;md&#58;7</code> hello: the output of this'
  has_page '<code>docs&#47;a&#46;md&#58;12</code> cell 2: &#39;undeclared&#39; undeclared</summary>'
  [ "$(grep -c '^<details>' ../../../page)" = 5 ]
  GITHUB_SERVER_URL=https://h GITHUB_REPOSITORY=o/r GITHUB_SHA=abc run -4 skein check -q --report github a.md
  has_page '<a href="https://h/o/r/blob/abc/docs/a.md?plain=1#L7"><code>docs'
  head -c 1048000 /dev/zero >../../../page
  run -4 skein check -q --report github a.md
  [ "$(wc -c <../../../page)" -lt 1048576 ]
}

@test "where GitHub listens, neither cells nor documents give it orders" {
  printf '```c\nprintf("::add-mask::x\\n##[add-mask]y\\nnew\\n");\n```\n\n```output\n::add-mask::x\n##[add-mask]y\nold\n```\n' >'::error::.md'
  export GITHUB_ACTIONS=true
  run -1 skein check --report github -v --explain ::error::.md
  has ' \x3A:add-mask::x'
  has ' #\x23[add-mask]y'
  has '\x3A:error::.md:1:1: error'
  grep -v '^::error title=output-differs' <<<"$output" >said
  run -1 grep -E '^[[:space:]]*::|##\[' said
  run -1 --separate-stderr skein check --json ::error::.md
  printf '%s\n' "$output" >events
  run -1 grep -F '##[' events
  jq -r 'select(.event == "cell").stdout.head' events >got
  grep -qxF '##[add-mask]y' got
  valid events
}

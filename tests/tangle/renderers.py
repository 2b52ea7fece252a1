#!/usr/bin/env python3
"""renderers.py: the table of docs/fences.md that says which form survives where.

Each form heads a block in a small document, which each renderer that is
installed turns into HTML: is the block one of code, and is it known to be C?
Of a renderer that is not installed the cells are "?".

renderers.py DOCUMENT: compare with the table in a document instead; says which
renderers had a part in it.
"""
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

BODY = "int skein_body;"

FORMS = [
    ("c", "```c", []),
    ("//| name: x", "```c", ["//| name: x"]),
    ("<!-- skein: name=x -->", "```c", None),
    ("c {#x file=a.c}", "```c {#x file=a.c}", []),
    ("c {#x .flag}", "```c {#x .flag}", []),
    ("{.c #x file=a.c}", "```{.c #x file=a.c}", []),
    (" {.c #x file=a.c}", "``` {.c #x file=a.c}", []),
    ("c #x file=a.c", "```c #x file=a.c", []),
    ("c file=a.c", "```c file=a.c", []),
    ("c file=\"a.c\"", "```c file=\"a.c\"", []),
    ("{c}", "```{c}", []),
    ("{c x, key=value}", "```{c x, key=value}", []),
    ("{code-cell} c", "```{code-cell} c", [":name: x"]),
    ("c \"a name\" +=", "```c \"a name\" +=", []),
    ("c a.c +=", "```c a.c +=", []),
    ("c tangle:a.c", "```c tangle:a.c", []),
    ("c,ignore", "```c,ignore", []),
    ("c {1,3}", "```c {1,3}", []),
    ("c{1,3}", "```c{1,3}", []),
    ("c title=\"a.c\"", "```c title=\"a.c\"", []),
]


def each(*command):
    """A renderer that is quick to start."""
    def render(texts):
        return [subprocess.run(command, input=text, capture_output=True, encoding="utf-8",
                               check=True).stdout for text in texts]
    return render if shutil.which(command[0]) else None


def pandoc(form):
    """All documents in one run: each is parsed by itself, and the marks between part them again."""
    def render(texts):
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for i, text in enumerate(texts):
                names.append(os.path.join(folder, "%02d.md" % i))
                with open(names[-1], "w", encoding="utf-8") as f:
                    f.write(text + "\nSKEINEND\n")
            html = subprocess.run(["pandoc", "--file-scope", "-f", form, "-t", "html", "--no-highlight",
                                   *names], capture_output=True, encoding="utf-8", check=True).stdout
        return html.split("SKEINEND")[:-1]
    return render if shutil.which("pandoc") else None


def python_markdown(*extensions):
    wanted = ["markdown"] + [m for e in extensions if e.startswith("pymdownx") for m in (e, "pygments")]
    if not all(importlib.util.find_spec(e.split(".")[0]) for e in wanted):
        return None

    def render(texts):
        import markdown
        return [markdown.markdown(text, extensions=list(extensions), extension_configs={
            "pymdownx.highlight": {"pygments_lang_class": True}} if "pymdownx.highlight" in extensions else {})
            for text in texts]
    return render


def kramdown(parser):
    ruby = ["ruby", "-rjson", "-rkramdown"] + (["-rkramdown-parser-gfm"] if parser == "GFM" else [])
    if not shutil.which("ruby") or subprocess.run(ruby + ["-e", ""], capture_output=True,
                                                  check=False).returncode != 0:
        return None

    def render(texts):
        convert = ("puts JSON.generate(JSON.parse($stdin.read).map { |d| "
                   "Kramdown::Document.new(d, input: ARGV[0]).to_html })")
        return json.loads(subprocess.run(ruby + ["-e", convert, parser], input=json.dumps(texts),
                                         capture_output=True, encoding="utf-8", check=True).stdout)
    return render


RENDERERS = [
    ("cmark-gfm", each("cmark-gfm")),
    ("Python-Markdown, fenced_code", python_markdown("fenced_code")),
    ("with attr_list", python_markdown("fenced_code", "attr_list")),
    ("superfences", python_markdown("pymdownx.highlight", "pymdownx.superfences", "attr_list")),
    ("kramdown", kramdown("kramdown")),
    ("kramdown GFM", kramdown("GFM")),
    ("pandoc markdown", pandoc("markdown")),
    ("pandoc gfm", pandoc("gfm")),
    ("pandoc commonmark_x", pandoc("commonmark_x")),
]


def document(head, lines):
    label = ""
    if lines is None:
        label, lines = "<!-- skein: name=x -->\n\n", []
    return "Text.\n\n" + label + "\n".join([head] + lines + [BODY, "```"]) + "\n\nMore text.\n"


def kept(html):
    """C: a block of code, known as C; code: a block; lost: something else."""
    for block in re.finditer(r"((?:<div[^>]*>(?:<span[^>]*>[^<]*</span>)?\s*)*)(<pre.*?)</pre>", html, re.S):
        if "skein_body" not in block[2]:
            continue
        tags = " ".join(re.findall(r"<[^>]*>", block[1] + block[2]))
        words = " ".join(re.findall(r'(?:class|lang)="([^"]*)"', tags)).split()
        return "C" if {"c", "language-c", "lang-c"} & set(words) else "code"
    return "lost"


def table():
    texts = [document(head, lines) for _, head, lines in FORMS]
    columns = [[kept(html) for html in render(texts)] if render else ["?"] * len(texts)
               for _, render in RENDERERS]
    return [["written"] + [name for name, _ in RENDERERS]] + [
        ["`" + form[0].replace("|", "\\|") + "`"] + [column[i] for column in columns]
        for i, form in enumerate(FORMS)]


def show(rows):
    for i, row in enumerate(rows):
        print("| " + " | ".join(row) + " |")
        if i == 0:
            print("|" + "---|" * len(row))


def recorded(path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("| written | cmark-gfm", 1)[1].split("\n\n", 1)[0].splitlines()
    return [["written", "cmark-gfm"] + [c.strip() for c in lines[0].strip("| ").split("|")]] + \
           [[c.strip() for c in line[1:-1].split(" | ")] for line in lines[2:]]


def compare(path):
    now, then, wrong = table(), recorded(path), 0
    for new, old in zip(now + [["no row"]] * (len(then) - len(now)), then + [["no row"]] * (len(now) - len(then))):
        if len(new) != len(old) or any(n not in (o, "?") for n, o in zip(new, old)):
            print("recorded: " + " | ".join(old) + "\nnow:      " + " | ".join(new))
            wrong = 1
    print("renderers: " + ", ".join(name for name, render in RENDERERS if render))
    return wrong


if len(sys.argv) > 1:
    sys.exit(compare(sys.argv[1]))
show(table())

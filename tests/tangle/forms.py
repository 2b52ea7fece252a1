#!/usr/bin/env python3
r"""forms.py TABLE: the table of forms anew, with what skein makes of each now.

A row is an info string, or whole lines of a document behind "> ", and below it,
indented, what comes out: kind, language and options of each block, then the
messages with their columns (and lines, where it is not the first).  Lines
behind "| " are the block's body; \u202e is that character.  "## " begins a part of the table; one that
says [lmt] is read with syntax=lmt.

To add a form, write its row without results and put the output in place of the
table: forms.py forms.txt >new && mv new forms.txt
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile


def rows(table):
    """(head lines, how it is read) of each row; (text, None) for what stands between."""
    lmt, row = False, []
    for line in table.splitlines() + [""]:
        if line.startswith("## ") and not row:
            lmt = "[lmt]" in line
            yield [line], None
        elif line == "":
            if row:
                yield row, lmt
            row = []
        elif not line.startswith("    "):
            row.append(line)


def document(row):
    if row[0].startswith(">"):
        return "".join(line[2:] + "\n" for line in row).replace("\\u202e", "\u202e")
    body = "".join(line[2:] + "\n" for line in row[1:])
    return "```" + row[0] + "\n" + body + "```\n"


def shown(value):
    if isinstance(value, list):
        return "[" + ", ".join(value) + "]"
    return value if re.fullmatch(r"[^\s\"]+", value) else json.dumps(value, ensure_ascii=False)


def block(b):
    words = [b["kind"], b["language"]] + [k + "=" + shown(v) for k, v in b["options"].items()]
    return " ".join(w for w in words if w)


def listed(texts, lmt):
    """Of each document its blocks and messages, a line each."""
    results = [[] for _ in texts]
    with tempfile.TemporaryDirectory() as folder:
        names = ["r%d.md" % i for i in range(len(texts))]
        for name, text in zip(names, texts):
            with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
                f.write(text)
        p = subprocess.run(["skein", "list", "--json", "--color=never", *names]
                           + (["--set", "syntax=lmt"] if lmt else []),
                           cwd=folder, capture_output=True, encoding="utf-8")
    for line in p.stdout.splitlines():
        d = json.loads(line)
        if "blocks" in d:
            results[names.index(d["document"])] += [block(b) for b in d["blocks"]]
    for line in p.stderr.splitlines():
        m = re.match(r"r(\d+)\.md:(\d+):(\d+): (.*)", line)
        if m and not m[4].startswith("note:"):
            at = m[3] if m[2] == "1" else m[2] + ":" + m[3]
            results[int(m[1])].append(at + ": " + m[4])
    return results


def batches(table):
    """Rows that are read in one run: files meet in one, and messages of one kind end at 20."""
    batch = []
    for i, (row, lmt) in enumerate(table):
        alone = lmt or re.search("file|tangle", " ".join(row))
        if lmt is None:
            continue
        if alone:
            yield [i], lmt
            continue
        batch.append(i)
        if len(batch) == 15:
            yield batch, False
            batch = []
    if batch:
        yield batch, False


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        table = list(rows(f.read()))
    results = {}

    def read(batch):
        which, lmt = batch
        results.update(zip(which, listed([document(table[i][0]) for i in which], lmt)))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(read, batches(table)))
    for i, (row, _) in enumerate(table):
        print("\n".join(row + ["    " + line for line in results.get(i, [])]) + "\n")


main()

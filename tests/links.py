#!/usr/bin/env python3
"""links.py FILE...: every relative link of these Markdown files leads to a file of the
project, and every #anchor to a heading, by the names that GitHub gives to headings.
Says what leads nowhere, and where; exits 1 if something does."""
import os
import re
import sys


def prose(path):
    """(number, line) of the lines outside of fenced code."""
    fence = ""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            mark = re.match(r" *(`{3,}|~{3,})", line)
            if fence:
                if mark and mark.group(1).startswith(fence) and not line.strip(" \n`~"):
                    fence = ""
            elif mark:
                fence = mark.group(1)
            else:
                yield number, line


def anchors(path, known={}):
    """The names of a file's headings."""
    if path not in known:
        names = set()
        for _, line in prose(path):
            heading = re.match(r"#{1,6} +(.*?)[ #]*$", line)
            if heading:
                words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
                name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
                twice = name
                for n in range(1, 100):
                    if twice not in names:
                        break
                    twice = "%s-%d" % (name, n)
                names.add(twice)
        known[path] = names
    return known[path]


def dead(path):
    """What is wrong with the links of a file."""
    # a link may go over a line's end
    text, starts = "", []
    for number, line in prose(path):
        starts.append((len(text), number))
        text += line
    text = re.sub(r"(?s)(`+)(?!`)(.+?)(?<!`)\1(?!`)", lambda m: re.sub(r"[^\n]", "x", m.group(0)), text)
    for link in re.finditer(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)", text):
        number = [n for at, n in starts if at <= link.start()][-1]
        target, _, anchor = link.group(1).partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        to = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        if not os.path.exists(to):
            yield number, "%s is not there" % to
        elif anchor and to.endswith(".md") and anchor not in anchors(to) and not re.match(r"L\d", anchor):
            yield number, "%s has no heading #%s" % (to, anchor)


def main():
    wrong = 0
    for path in sys.argv[1:]:
        for number, what in dead(path):
            print("%s:%d: %s" % (path, number, what))
            wrong = 1
    sys.exit(wrong)


main()

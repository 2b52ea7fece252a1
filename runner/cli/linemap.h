/*
 * Which line of which target comes from where, as one JSON value.
 *
 *	{"version": 1,
 *	 "documents": ["notes.md"],
 *	 "targets": [{"root": ".", "file": "src/a.c", "lines": 12, "runs": [
 *	   {"line": 1, "count": 3, "indent": 4, "document": 0, "from": 17, "column": 1,
 *	    "block": "parse"}]}]}
 *
 * A run is `count` lines of the target, from `line` on, that stand one below the
 * other in a document, from line `from` on: the text behind `indent` bytes of each
 * is the document's from that column on.  Lines in no run (marks, directives) come
 * from nowhere.  Paths are relative to the root; documents outside it are absolute.
 */
#ifndef RUNNER_CLI_LINEMAP_H
#define RUNNER_CLI_LINEMAP_H

struct buf;
struct diag;
struct load;

/* Append the map of all targets that can be expanded. */
void linemap_add(struct load *l, struct buf *to, struct diag *d);

#endif

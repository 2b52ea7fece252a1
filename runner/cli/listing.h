/*
 * What `skein list` says of a program's structure.
 *
 * Each function appends one view to a text: lines for people that begin with a
 * place where that serves, JSON for programs, dot for drawing.  Names and paths
 * are shown with buf_visible.
 */
#ifndef RUNNER_CLI_LISTING_H
#define RUNNER_CLI_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct block;
struct blocks;
struct buf;
struct graph;
struct json;
struct load;
struct node;
struct uses;

/* The blocks of one document, a line each. */
void listing_blocks(struct buf *out, const struct blocks *blocks);

/* Files that are written, each with its name. */
void listing_files(struct buf *out, const struct graph *g);

/* The same with what each is made of, a walk over all that it holds. */
void listing_targets(struct buf *out, const struct load *l);

/* Names that no block refers to: targets, and what is written nowhere. */
void listing_roots(struct buf *out, const struct uses *u);

/* Names that neither a target nor a cell needs. */
void listing_unused(struct buf *out, const struct uses *u);

/* All names, a line each. */
void listing_names(struct buf *out, const struct uses *u);

/*
 * All about one name: its pieces in order, what they refer to, who refers to
 * them, the targets that hold them.  In each document that has it; false if
 * none has.
 */
bool listing_name(struct buf *out, const struct load *l, const struct uses *u,
    struct str name);

/* Who refers to whom, as a digraph for dot; only what `name` reaches, if not empty. */
bool listing_graph(struct buf *out, const struct load *l, const struct uses *u,
    struct str name);

/* One document as one line of JSON; docs/list.md has the schema. */
void listing_json(struct buf *out, const struct load *l, const struct blocks *blocks,
    const struct uses *u);

/* The same as a value; and where a block stands. */
struct json *listing_document(const struct load *l, const struct blocks *blocks,
    const struct uses *u);
struct json *listing_block_place(const struct block *b);

/* The line of a block's opening fence. */
size_t listing_line(const struct block *b);

/* "notes.md:12" */
void listing_place(struct buf *out, const struct block *b);

/* Does neither a target nor a cell need it, and its first block does not say run=false? */
bool listing_is_unused(const struct node *n);

#endif

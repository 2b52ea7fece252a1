/*
 * A document on the disk while it runs: who else has it, and whether it is
 * still what was read.
 *
 * A desk is opened before the first cell runs and closed at the end.  In
 * between it holds the document's lock (but see DESK_LATER), and puts pages in
 * the document's place (or into the file of -o), never over what someone else has
 * saved meanwhile.
 */
#ifndef RUNNER_CLI_DESK_H
#define RUNNER_CLI_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/hash.h"
#include "tangle/base/lock.h"
#include "tangle/base/root.h"
#include "tangle/base/spot.h"
#include "tangle/base/str.h"

struct diag;
struct document;
struct invocation;
struct load;
struct page;

struct desk {
	const struct invocation *invocation;
	struct load *load;
	size_t number;			/* of the document in the load */
	struct root root;
	struct lock lock;
	struct digest there;		/* what was read or written last */
	bool is_merged;			/* and that is an edit, with outputs */
	bool is_left;			/* nothing more is written: it was said why */
	bool has_mended;		/* the text is as it was, and a lost picture there again */
};

/* What a desk is opened for. */
enum desk_use {
	DESK_READ,			/* nothing is written, nothing locked */
	DESK_IN_PLACE,
	DESK_LATER,			/* in place, after a while: nobody is kept out until desk_lock */
	DESK_ELSEWHERE			/* -o */
};

/*
 * Better to know before the run that its result can be put nowhere: false after
 * a message, or when another run has the document.  While we waited for that
 * one it may have put its outputs in place: then the documents are read again.
 */
bool desk_open(struct desk *k, const struct invocation *i, struct load *l, size_t number,
    enum desk_use use);
void desk_close(struct desk *k);

/* For DESK_LATER, before it is written to: waits for another run. False after a message. */
bool desk_lock(struct desk *k);

/* `outputs: none`: the document itself is to have no outputs. */
bool desk_keeps_no_outputs(const struct document *d);

/*
 * The page takes the document's place; does it stand there now, and changed it?  A picture
 * that it links, and that was lost, is written in any case (has_mended).
 *
 * If somebody has saved the document since it was read, his text stays, and gets
 * the outputs that still belong to it (merge.h); those that do not are told, as a
 * conflict.  If it was taken away, the page is kept beside it.
 */
bool desk_put(struct desk *k, struct page *page);

/* That text takes the document's place; is it there now?  An edit stays, and that is a conflict. */
bool desk_replace(struct desk *k, struct str text);

/* The same for who runs an edit as soon as it is saved: nothing is said of it (FILE_CHANGED). */
enum file_result desk_try(struct str path, struct digest *there, struct str text,
    struct diag *d);

/*
 * The same of a page, with the pictures that it links: they are there before the text is,
 * and those that it does not link any more go after it (pictures.h).
 */
enum file_result desk_try_page(struct str path, struct digest *there, struct page *page,
    const struct root *root, size_t *size, struct diag *d);

/* Into the file, device or pipe of -o; pictures beside the file. */
void desk_write_elsewhere(struct desk *k, struct page *page);

/* The file whose pictures -o is about; empty if there is none. */
struct str desk_pictures_of(const struct invocation *i);

#endif

/*
 * The cache's folder: whole files in and out, by kind and digest.
 *
 * Knows about names, owners and publication, nothing of what the files mean.
 */
#ifndef RUNNER_CACHE_FOLDER_H
#define RUNNER_CACHE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tangle/base/hash.h"

struct arena;
struct diag;

enum kind {
	KIND_MANIFEST = 'm', KIND_INPUTS = 'i', KIND_RESULT = 'a',
	KIND_FAILURE = 'f', KIND_OBJECT = 'o', KIND_RUN = 'r',
	KIND_LEDGER = 'd', KIND_TEXT = 'g', KIND_ABOUT = 'z', KIND_RECORDED = 'x',
	KIND_PIECES = 'p'
};

struct folder {
	int fd;			/* -1: there is no cache */
	int locks;		/* -1: no locks to be had */
	struct str path;
	int temps;		/* its folder "t"; -1: there is none, and nothing is kept */
	bool is_readonly;	/* known after the first attempt to write */
	bool is_network;	/* locks mean nothing there */
	bool is_told;		/* that something below it is not safe */
	size_t ndamaged;	/* what was taken away since it was of no use */
	uint64_t grown;		/* bytes published, in whole blocks (budget.h) */
	struct diag *diag;	/* where to warn, each once */
	const char *host;
};

/*
 * Open or make it.  False after an error `unsafe-cache`; a warning `no-cache`
 * leaves fd == -1, and everything below then finds and keeps nothing.
 */
bool folder_open(struct folder *f, const char *path, struct arena *a, struct diag *d);
/* Sweeps what killed runs left (folder_sweep). */
void folder_close(struct folder *f);

/*
 * Read a whole file of at most max bytes.  `touch` renews a time older than an
 * hour.  What stands in its place and is no regular file of ours that only we
 * can write to is taken away; that is how all of its kinds are healed.
 */
bool folder_read(struct folder *f, enum kind kind, const struct digest *name,
    size_t max, bool touch, struct arena *a, struct str *text);

/* The first bytes of a file, up to `size`; 0 if there is none.  Renews its time as well. */
size_t folder_peek(struct folder *f, enum kind kind, const struct digest *name,
    char bytes[], size_t size);

/* Publish under a name that is not there yet; if it is, and whole, that one stays, and is renewed. */
bool folder_add(struct folder *f, enum kind kind, const struct digest *name, struct str text);
/* Publish, whatever is there. */
bool folder_replace(struct folder *f, enum kind kind, const struct digest *name, struct str text);

void folder_remove(struct folder *f, enum kind kind, const struct digest *name);

bool folder_has(struct folder *f, enum kind kind, const struct digest *name);
/* Has the file still that time (ns)?  False if it is gone. */
bool folder_is_since(struct folder *f, enum kind kind, const struct digest *name, int64_t time);
/* Remove it if it has; true if it was. */
bool folder_remove_since(struct folder *f, enum kind kind, const struct digest *name, int64_t time);
/* Make its time now; *time becomes what the file then has. */
void folder_renew(struct folder *f, enum kind kind, const struct digest *name, int64_t *time);

/* Remove what killed runs left (litter.h). */
void folder_sweep(struct folder *f);

/* A lock for a digest among all processes; granted when locks are not to be had. */
bool folder_lock(struct folder *f, const struct digest *name);
void folder_unlock(struct folder *f, const struct digest *name);
/* Who holds it, as that process calls itself (in its container); 0: not known. */
pid_t folder_locker(const struct folder *f, const struct digest *name);

/* Is that (statfs's f_type) a file system of which other machines have a part? */
bool folder_is_network(long magic);

#endif

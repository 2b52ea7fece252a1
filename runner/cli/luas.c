#include "runner/cli/luas.h"

#include "runner/build/memo.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cell/luachunk.h"
#include "runner/cli/course.h"
#include "runner/cli/turn.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

static struct str
bytes_of(const struct digest *d)
{
	return (struct str){ (const char *)d->bytes, HASH_SIZE };
}

/* What a cell gives depends on the part that runs it, too. */
static struct digest
digest_of_part(const struct run *r)
{
	struct memo_file file;
	const char *path = r->session_options.lua_path;

	return path && memo_file(store_memo(r->store), str_of(path), &file) ? file.digest :
	    (struct digest){0};
}

void
luas_prepare(struct run *r)
{
	struct digest part;
	bool any = false;

	for (size_t i = 0; i < r->n->cells.n; i++) {
		struct job *j = &r->objects.jobs[i];
		struct key *k;

		if (j->cell->kind != CELL_LUA || j->cell->is_broken)
			continue;
		if (!any)
			part = digest_of_part(r);
		any = true;
		k = key_start("skein lua 1");
		key_add(k, 1, j->cell->text);
		key_add(k, 2, j->cell->marker);
		key_add(k, 3, bytes_of(&part));
		j->built.object = j->cell->text;
		j->built.digest = key_end(k);
	}
}

/* It is no Lua, which is said as a compiler says it. */
static void
refuse(struct run *r, struct job *j, const struct luachunk *c)
{
	struct message m = { .level = MESSAGE_ERROR, .marker = j->cell->marker, .line = c->line,
	    .column = c->line > 0, .text = c->words };

	j->built.messages = (struct messages){ .list = arena_copy(&r->n->arena, &m, 1, sizeof m), .n = 1 };
	course_settle(r, j, CELL_UNBUILT, NULL);
}

bool
luas_start(struct run *r, struct job *j)
{
	struct objects *o = &r->objects;
	struct arena *a = &r->n->arena;
	struct plan *p = &r->plans[j->cell->number];
	struct str image;
	enum host_state host;

	if (!p->chunk) {
		p->chunk = arena_alloc(a, 1, sizeof *p->chunk);
		luachunk_read(p->chunk, j->cell->text, a);
	}
	if (p->chunk->is_bad) {
		refuse(r, j, p->chunk);
		return true;
	}
	if (j->cell->only_compile) {
		course_settle(r, j, CELL_COMPILED, NULL);
		return true;
	}
	host = hosts_of(&r->hosts, j->cell, &image);
	if ((o->has_sources && o->sources.state == JOB_WAITS) || host == HOST_WAITS)
		return false;
	if (!r->session_options.lua_path)
		diag_error(r->diag, STATUS_ENVIRONMENT, j->cell->at, "no-host",
		    "skein-lua.so, which runs Lua cells, is not beside skein-host: install skein again");
	else if (host != HOST_ABSENT && (!o->has_sources || o->sources.state == JOB_BUILT))
		return turn_start(r, j);
	course_settle(r, j, CELL_SKIPPED, NULL);
	return true;
}

size_t
luas_arguments(struct run *r, const struct job *j, const char *const **list)
{
	struct arena *a = &r->n->arena;
	const struct cell *c = j->cell;
	const struct luachunk *chunk = r->plans[c->number].chunk;
	const char **to = arena_alloc(a, c->nargs + 4, sizeof *to);
	size_t n = 0;

	to[n++] = !chunk->has_value ? "-" : chunk->is_call ? "c" : "e";
	to[n++] = arena_cstr(a, arena_printf(a, "%zu", chunk->end));
	to[n++] = arena_cstr(a, chunk->locals);
	to[n++] = arena_cstr(a, c->marker);
	for (size_t i = 0; i < c->nargs; i++)
		to[n++] = arena_cstr(a, c->args[i]);
	*list = to;
	return n;
}

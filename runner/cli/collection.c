#define _POSIX_C_SOURCE 200809L	/* nanosleep */
#include "runner/cli/collection.h"

#include <time.h>

#include "runner/cache/budget.h"
#include "runner/cache/gate.h"
#include "runner/cache/trees.h"
#include "runner/cli/command.h"
#include "runner/cli/quantity.h"
#include "runner/cli/tally.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"

enum { TRIES = 300 };		/* of a tenth of a second */

/* The one that a run has left behind takes seconds at most. */
static bool
enter(struct collection *c)
{
	const struct timespec tenth = { 0, 100000000 };

	for (int i = 0; i < TRIES; i++) {
		if (gate_enter(&c->folder, GATE_COLLECT, GATE_ALONE))
			return true;
		nanosleep(&tenth, NULL);
	}
	diag_error(c->invocation->diag, STATUS_CONFLICT, PLACE_NONE, "cache-busy",
	    "another process has been cleaning the cache '%.*s' for half a minute",
	    STR_ARG(c->folder.path));
	return false;
}

bool
collection_open(struct collection *c, struct invocation *i)
{
	*c = (struct collection){ .invocation = i };
	arena_init(&c->arena);
	if (!folder_open(&c->folder, NULL, &c->arena, i->diag))
		return false;
	if (c->folder.fd == -1 || !enter(c))
		return false;
	gc_begin(&c->gc, &c->folder);
	return true;
}

void
collection_close(struct collection *c)
{
	gc_end(&c->gc);
	folder_close(&c->folder);
	arena_release(&c->arena);
}

void
collection_take_trees(struct collection *c, int64_t age)
{
	c->ntrees = trees_collect(&c->folder, age, c->invocation->set[FLAG_DRY_RUN]);
}

static void
count(const struct gc *g, struct tally *goes, struct tally *stays)
{
	for (size_t i = 0; i < g->survey.nfiles; i++) {
		const struct survey_file *f = &g->survey.files[i];

		tally_add(f->goes ? goes : stays, (enum kind)f->kind, f->size);
	}
}

static void
print_json(bool is_dry, size_t ntrees, const struct tally *goes, const struct tally *stays, struct buf *out)
{
	struct json *object = json_new_object(), *rest = json_new_object();

	json_put_boolean(object, "dry-run", is_dry);
	tally_json(goes, object);
	json_put_integer(object, "folders", (long long)ntrees);
	json_put_integer(rest, "files", (long long)stays->all.files);
	json_put_integer(rest, "bytes", (long long)stays->all.bytes);
	json_put_integer(rest, "disk", (long long)stays->all.disk);
	json_put(object, "left", rest);
	json_write(object, out);
	json_end(object);
	buf_byte(out, '\n');
}

static void
print_trees(bool is_dry, size_t ntrees, struct buf *out)
{
	if (ntrees == 0)
		return;
	buf_add(out, is_dry ? STR("would remove ") : STR("removed "));
	quantity_count(out, ntrees, "folder that runs worked in\n", "folders that runs worked in\n");
}

static void
print(bool is_dry, bool in_detail, const struct tally *goes, const struct tally *stays,
    struct buf *out)
{
	if (goes->all.files == 0) {
		buf_add(out, is_dry ? STR("nothing would go: ") : STR("nothing to remove: "));
	} else {
		buf_add(out, is_dry ? STR("would remove ") : STR("removed "));
		tally_total(goes, out);
		buf_add(out, in_detail ? STR("\n") : STR("; "));
		if (in_detail)
			tally_print(goes, out);
	}
	tally_total(stays, out);
	buf_add(out, is_dry ? STR(" would be left\n") : stays->all.files == 1 ?
	    STR(" is left\n") : STR(" are left\n"));
}

void
collection_finish(struct collection *c)
{
	const struct invocation *i = c->invocation;
	bool is_dry = i->set[FLAG_DRY_RUN];
	struct tally goes = {0}, stays = {0};
	struct buf out = {0};

	if (!is_dry) {
		gc_carry_out(&c->gc);
		folder_sweep(&c->folder);
		budget_settle(&c->folder, c->gc.total - c->gc.freed);
	}
	count(&c->gc, &goes, &stays);
	if (i->set[FLAG_JSON]) {
		print_json(is_dry, c->ntrees, &goes, &stays, &out);
	} else if (!i->set[FLAG_QUIET]) {
		print_trees(is_dry, c->ntrees, &out);
		print(is_dry, is_dry || i->set[FLAG_VERBOSE], &goes, &stays, &out);
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

#define _GNU_SOURCE	/* fdopendir, unlinkat */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "runner/cache/ledger.h"
#include "runner/cache/stats.h"
#include "runner/cli/category.h"
#include "runner/cli/collection.h"
#include "runner/cli/command.h"
#include "runner/cli/lastrun.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/project/settings.h"

static void clean(struct invocation *i);

const struct command cache_clean = {
	.name = "cache clean",
	.args = "--all | FLAG...",
	.summary = "remove what is chosen from the cache, or all that is ours",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_CATEGORY, FLAG_OLDER, FLAG_DOC, FLAG_CELL, FLAG_ALL,
	    FLAG_DRY_RUN),
	.run = clean,
};

/* What was chosen. */
struct choice {
	unsigned categories;
	int64_t older;			/* ns; 0: of any age */
};

static bool
read_choice(struct invocation *i, struct choice *c)
{
	*c = (struct choice){ .categories = CATEGORY_ALL };
	if (i->set[FLAG_CATEGORY] && !category_read(i->value[FLAG_CATEGORY], &c->categories, i->diag))
		return false;
	if (i->set[FLAG_OLDER] && !setting_duration(i->value[FLAG_OLDER], &c->older)) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "--older takes a time like 7d, not '%.*s'", STR_ARG(i->value[FLAG_OLDER]));
		return false;
	}
	if (i->set[FLAG_CELL] && !i->set[FLAG_DOC]) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage", "--cell needs --doc");
		return false;
	}
	if (i->set[FLAG_ALL] || i->set[FLAG_CATEGORY] || i->set[FLAG_OLDER] || i->set[FLAG_DOC])
		return true;
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "nothing is chosen: --all removes everything, --what, --older, --doc and --cell a part; "
	    "skein cache clean --help");
	return false;
}

static bool
is_chosen(const struct gc *g, uint32_t at, const struct choice *choice)
{
	const struct survey_file *f = &g->survey.files[at];

	return (choice->categories & category_of((enum kind)f->kind)) &&
	    f->used <= g->now - choice->older;
}

static void
doom_document(struct collection *c, const struct choice *choice)
{
	const struct invocation *i = c->invocation;
	struct digest ledger = ledger_name(path_real(i->value[FLAG_DOC], &c->arena));
	struct gc *g = &c->gc;
	struct lastrun r;
	uint32_t at;

	if (!lastrun_find(&r, &c->folder, i->value[FLAG_DOC], i->value[FLAG_CELL], &c->arena, i->diag))
		return;
	for (size_t k = 0; k < r.n; k++) {
		at = survey_find_result(&g->survey, &r.results[k]);
		if (at != SURVEY_NONE && is_chosen(g, at, choice))
			gc_doom(g, at);
	}
	at = survey_find(&g->survey, KIND_LEDGER, &ledger);
	if (!i->set[FLAG_CELL] && at != SURVEY_NONE && is_chosen(g, at, choice))
		gc_doom(g, at);
}

static void
doom_chosen(struct collection *c, const struct choice *choice)
{
	struct gc *g = &c->gc;

	if (c->invocation->set[FLAG_DOC]) {
		doom_document(c, choice);
		return;
	}
	for (uint32_t i = 0; i < g->survey.nfiles; i++)
		if (is_chosen(g, i, choice))
			gc_doom(g, i);
}

/* Of every host: each file of the top whose name begins so. */
static void
remove_named(const struct folder *f, struct str prefix)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (fd != -1 && !dir)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (str_starts(str_of(e->d_name), prefix))
			unlinkat(f->fd, e->d_name, 0);
	if (dir)
		closedir(dir);
}

static void
remove_others(struct collection *c, const struct choice *choice)
{
	if ((choice->categories & CATEGORY_TREE) && !c->invocation->set[FLAG_DOC])
		collection_take_trees(c, choice->older);
	if (choice->older > 0 || c->invocation->set[FLAG_DRY_RUN] || c->invocation->set[FLAG_DOC])
		return;
	if (choice->categories & CATEGORY_MEMO)
		remove_named(&c->folder, STR("memo."));
	if ((choice->categories & CATEGORY_STATS) && !stats_reset(&c->folder))
		diag_warning(c->invocation->diag, PLACE_NONE, "cache-busy",
		    "the counts stay, since a run adds to them just now");
}

static void
clean(struct invocation *i)
{
	struct collection c;
	struct choice choice;

	if (!read_choice(i, &choice))
		return;
	if (collection_open(&c, i)) {
		doom_chosen(&c, &choice);
		if (diag_status(i->diag) == STATUS_DONE) {
			remove_others(&c, &choice);
			collection_finish(&c);
		}
	}
	collection_close(&c);
}

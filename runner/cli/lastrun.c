#include "runner/cli/lastrun.h"

#include "runner/cache/ledger.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"

static void
take(struct digest *list, size_t *n, const struct ledger_line *l)
{
	if (l->entry.is_kept)
		list[(*n)++] = l->entry.result;
	for (size_t i = 0; i < l->nbefore; i++)
		if (l->before[i].is_kept)
			list[(*n)++] = l->before[i].result;
}

bool
lastrun_find(struct lastrun *r, struct folder *f, struct str document, struct str cell,
    struct arena *a, struct diag *d)
{
	struct digest *list;
	struct ledger l;
	size_t most = 0;
	bool is_found = false;

	*r = (struct lastrun){0};
	if (ledger_read(f, path_real(document, a), a, &l) != LEDGER_READ) {
		diag_error(d, STATUS_USAGE, PLACE_NONE, "unknown-document",
		    "the cache knows of no run of '%.*s'", STR_ARG(document));
		return false;
	}
	for (size_t i = 0; i < l.n; i++)
		most += 1 + l.lines[i].nbefore;
	r->results = list = arena_alloc(a, most, sizeof *list);
	for (size_t i = 0; i < l.n; i++) {
		if (cell.len > 0 && !ledger_is_called(&l.lines[i], cell, a))
			continue;
		is_found = true;
		take(list, &r->n, &l.lines[i]);
	}
	if (!is_found && cell.len > 0)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "the last run of '%.*s' had no cell '%.*s'", STR_ARG(document), STR_ARG(cell));
	return is_found || cell.len == 0;
}

bool
lastrun_has(const struct lastrun *r, const struct digest *result)
{
	for (size_t i = 0; i < r->n; i++)
		if (digest_eq(r->results[i], *result))
			return true;
	return false;
}

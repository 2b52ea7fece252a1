/* open_memstream */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/greeting.h"

#include <stdlib.h>

#include "runner/cli/adoption.h"
#include "runner/cli/command.h"
#include "runner/cli/contact.h"
#include "runner/cli/desk.h"
#include "runner/cli/performance.h"
#include "tangle/base/buf.h"
#include "tangle/base/defuse.h"
#include "tangle/document/blocks.h"

enum { FEW = 3 };	/* cells that fail: what is wrong with each is still worth reading */

/* Whoever says how it is to be run has begun with it. */
static bool
is_first(const struct performance *p, const struct desk *k)
{
	const struct invocation *i = p->invocation;

	return p->greets && !i->set[FLAG_QUIET] && !i->set[FLAG_JSON] && !i->set[FLAG_REPORT] &&
	    !i->set[FLAG_TWICE] &&
	    !i->set[FLAG_STOP] && !i->set[FLAG_NO_COMPILE] && i->nsettings == 0 &&
	    selection_is_all(&p->options.selection) &&
	    adoption_is_untouched(&k->load->blocks[k->number]);
}

void
greeting_begin(struct greeting *g, const struct performance *p, const struct desk *k)
{
	struct diag *d = p->invocation->diag;

	*g = (struct greeting){ .usual = d->to };
	if (is_first(p, k))
		g->held = open_memstream(&g->text, &g->len);
	if (g->held)
		d->to = g->held;
}

static void
greet(const struct invocation *i, const struct adoption *a)
{
	struct buf table = {0}, patch = {0}, safe = {0};

	contact_table(a, &table);
	contact_patch(a, &patch);
	buf_add(&table, STR("skein adopt "));
	buf_visible(&table, a->document->path);
	buf_add(&table, STR(" makes this edit:\n"));
	defuse(&safe, buf_str(&table));
	fwrite(safe.data, 1, safe.len, i->diag->to);
	fflush(i->diag->to);
	command_show(buf_str(&patch));
	command_flush();
	buf_release(&table);
	buf_release(&safe);
	buf_release(&patch);
}

static size_t
count_failed(const struct counts *c)
{
	return c->cells - c->of[COUNT_RAN] - c->of[COUNT_COMPILED];
}

bool
greeting_end(struct greeting *g, const struct performance *p, const struct desk *k,
    struct notebook *n)
{
	static const int usual[2] = { -1, -1 };
	struct invocation *i = p->invocation;
	size_t failed = count_failed(&p->counts);
	bool looks = g->held && !n->signal && failed > 0 && p->counts.of[COUNT_INTERRUPTED] == 0;
	struct adoption a;
	bool greets = false;

	i->diag->to = g->usual;
	if (!g->held)
		return false;
	fclose(g->held);
	if (looks) {
		greets = adoption_make(&a, i, p->options.slots, &k->load->documents[k->number], usual, n) &&
		    a.nedits > 0 && !a.is_broken;
		n->signal = a.signal;
	}
	if (!greets || failed <= FEW || i->set[FLAG_VERBOSE])
		fwrite(g->text, 1, g->len, g->usual);
	if (greets)
		greet(i, &a);
	if (looks)
		adoption_release(&a);
	free(g->text);
	return greets;
}

#include "runner/cli/hosts.h"

#include "runner/build/sanitizer.h"
#include "runner/build/toolchain.h"
#include "runner/cli/objects.h"
#include "runner/cli/parts.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

struct hosted {
	struct hosts *all;
	struct str session;
	unsigned set;			/* sanitizers of all its cells */
	const struct job *first;	/* a cell that needs it: its compiler is taken */
	struct compile_options options;
	struct compile_request request;
	enum host_state state;
	struct str image;
	struct built built;
};

/* ---- what sessions need --------------------------------------------------------------- */

static unsigned
set_of(const struct job *j)
{
	return j->request.options ? j->request.options->sanitizers : 0;
}

/* gcc's objects bring UndefinedBehaviorSanitizer along, which can come at any time. */
static bool
needs_host(const struct job *j)
{
	const struct toolchain *t = j->request.options ? j->request.options->toolchain : NULL;

	return t && (set_of(j) & ~(unsigned)SANITIZER_UNDEFINED ||
	    (set_of(j) && t->kind == TOOLCHAIN_CLANG));
}

/* gcc and g++ of one version have one runtime. */
static bool
has_same_runtime(const struct job *a, const struct job *b)
{
	const struct toolchain *s = a->request.options->toolchain, *t = b->request.options->toolchain;

	return s && t && s->kind == t->kind && s->major == t->major;
}

/* Can its sanitizers be in that host?  Sets only grow, so who does not fit never will. */
static bool
fits(const struct hosted *s, const struct job *j)
{
	return set_of(j) && has_same_runtime(j, s->first) && !sanitizer_clash(s->set | set_of(j));
}

/* AddressSanitizer has the other one within. */
static void
join(struct hosted *s, unsigned set)
{
	s->set |= set;
	if (s->set & SANITIZER_ADDRESS)
		s->set &= ~(unsigned)SANITIZER_LEAK;
}

static unsigned
covered(const struct hosted *s)
{
	return s->set | (s->set & SANITIZER_ADDRESS ? SANITIZER_LEAK : 0);
}

/* That of the cell's session; of cells with a process of their own, the first that it fits into. */
static struct hosted *
find(const struct hosts *h, const struct job *j)
{
	for (size_t i = 0; i < h->n; i++)
		if (str_eq(h->list[i].session, j->cell->session) &&
		    (!j->cell->is_isolated || set_of(j) == 0 || fits(&h->list[i], j)))
			return &h->list[i];
	return NULL;
}

static void
find_sessions(struct hosts *h)
{
	const struct objects *o = h->objects;

	for (size_t i = 0; i < o->cells->n; i++) {
		const struct job *j = &o->jobs[i];
		struct hosted *s = find(h, j);

		if (j->state == JOB_LEFT_OUT || !needs_host(j))
			continue;
		if (!s) {
			s = &h->list[h->n++];
			*s = (struct hosted){ .all = h, .session = j->cell->session,
			    .first = j, .state = HOST_WAITS };
		}
		if (j->cell->is_isolated)
			join(s, set_of(j));
	}
}

static void
join_sets(const struct hosts *h)
{
	const struct objects *o = h->objects;

	for (size_t i = 0; i < o->cells->n; i++) {
		const struct job *j = &o->jobs[i];
		struct hosted *s = find(h, j);

		if (s && fits(s, j))
			join(s, set_of(j));
	}
}

/* ---- linking -------------------------------------------------------------------------- */

/* A cell of C++ in the session; its compiler is the one to link with. */
static const struct job *
cxx_of(const struct hosted *s)
{
	const struct objects *o = s->all->objects;

	for (size_t i = 0; i < o->cells->n; i++)
		if (o->cells->list[i].is_cxx && str_eq(o->cells->list[i].session, s->session) &&
		    o->jobs[i].request.options && has_same_runtime(&o->jobs[i], s->first))
			return &o->jobs[i];
	return NULL;
}

static bool
has_cxx_source(const struct objects *o)
{
	for (size_t i = 0; i < o->files.n; i++)
		if (compile_is_cxx(o->files.list[i].path))
			return true;
	return false;
}

/* Where the cell asks for it. */
static struct place
asked_at(const struct cell *c)
{
	return c->sanitize.text.len > 0 ? c->sanitize.at : c->ncflags > 0 ? c->cflags[0].at : c->at;
}

/* What the linker or the compiler said, in one line. */
static struct str
reason(const struct built *b)
{
	for (size_t i = 0; i < b->messages.n; i++)
		if (b->messages.list[i].level == MESSAGE_ERROR)
			return b->messages.list[i].text;
	return b->messages.n > 0 ? b->messages.list[0].text : b->what;
}

static void
complain(const struct hosted *s, const struct built *b)
{
	const struct objects *o = s->all->objects;
	const struct toolchain *t = s->options.toolchain;
	struct str names = sanitizer_names(s->set, o->arena);

	if (b->end == COMPILE_BROKEN && o->no_compile)
		diag_error(o->diag, STATUS_COMPILE, asked_at(s->first->cell), "not-cached",
		    "the host with '%.*s' is not in the cache, and --no-compile forbids to link it",
		    STR_ARG(names));
	else
		diag_error(o->diag, STATUS_ENVIRONMENT, asked_at(s->first->cell), "no-sanitizer",
		    "%s cannot link a host with '%.*s': %.*s: apt install %s%lu-dev", t->path,
		    STR_ARG(names), STR_ARG(reason(b)),
		    t->kind == TOOLCHAIN_CLANG ? "libclang-rt-" : "libgcc-", t->major);
}

static void
built(void *arg, const struct built *b)
{
	struct hosted *s = arg;

	s->all->objects->pending--;
	s->state = b->end == COMPILE_DONE ? HOST_BUILT : HOST_ABSENT;
	s->image = b->object;
	s->built = *b;
	if (b->end != COMPILE_DONE)
		complain(s, b);
}

static void
ask(struct hosted *s, struct str part)
{
	struct objects *o = s->all->objects;
	const struct job *cxx = cxx_of(s);
	struct str *flags = arena_alloc(o->arena, SANITIZER_FLAGS + 2, sizeof *flags);
	size_t n = sanitizer_flags(s->set, flags, o->arena);

	/* What a runtime wraps it looks for at its start: the throwing of exceptions, too. */
	if (cxx || has_cxx_source(o)) {
		flags[n++] = STR("-Wl,--no-as-needed");
		flags[n++] = STR("-lstdc++");
	}
	s->options = (struct compile_options){
		.toolchain = (cxx ? cxx : s->first)->request.options->toolchain,
		.flags = flags, .nflags = n, .bases = s->first->request.options->bases,
		.temp = s->first->request.options->temp };
	s->request = (struct compile_request){ .options = &s->options,
		.parts = arena_copy(o->arena, &part, 1, sizeof part), .nparts = 1, .is_host = true,
		.document = o->document, .name = STR("host") };
	o->pending++;
	builder_add(o->builder, &s->request, STR("host"),
	    o->no_compile ? BUILDER_CACHE_ONLY : BUILDER_BOTH, o->arena, built, s);
}

void
hosts_open(struct hosts *h, struct objects *o, struct diag *d)
{
	struct str part;

	*h = (struct hosts){ .objects = o, .diag = d };
	h->list = arena_alloc(o->arena, o->cells->n, sizeof *h->list);
	find_sessions(h);
	if (h->n == 0)
		return;
	join_sets(h);
	part = parts_host_object(o->arena, d);
	for (size_t i = 0; i < h->n; i++) {
		if (part.len > 0)
			ask(&h->list[i], part);
		else
			h->list[i].state = HOST_ABSENT;
	}
}

static const struct hosted *
of_cell(const struct hosts *h, const struct cell *c)
{
	return h->n > 0 ? find(h, &h->objects->jobs[c->number]) : NULL;
}

enum host_state
hosts_of(const struct hosts *h, const struct cell *c, struct str *image)
{
	const struct hosted *s = of_cell(h, c);

	*image = s ? s->image : (struct str){0};
	return s ? s->state : HOST_USUAL;
}

size_t
hosts_number(const struct hosts *h, const struct cell *c)
{
	const struct hosted *s = of_cell(h, c);

	return s ? (size_t)(s - h->list) + 1 : 0;
}

const struct compile_request *
hosts_request(const struct hosts *h, size_t i)
{
	return &h->list[i].request;
}

const struct built *
hosts_built(const struct hosts *h, size_t i, struct str *name)
{
	*name = h->list[i].session;
	return &h->list[i].built;
}

bool
hosts_refuse(const struct hosts *h, const struct job *j)
{
	const struct hosted *s = find(h, j);

	if (!s || !set_of(j) || (has_same_runtime(j, s->first) && (set_of(j) & ~covered(s)) == 0))
		return false;
	diag_error(h->diag, STATUS_REFUSED, asked_at(j->cell), "other-sanitizer",
	    "the session of this cell has '%.*s' of %s in its process: take one for all, or session=NAME",
	    STR_ARG(sanitizer_names(s->set, h->objects->arena)), s->options.toolchain->path);
	return true;
}

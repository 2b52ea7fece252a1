#include "runner/cli/objects.h"

#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "runner/cell/comment.h"
#include "runner/cell/interface.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/root.h"

/* ---- units ------------------------------------------------------------------------- */

/* Do these options make compilers speak of comments? */
static bool
reads_comments(const struct compile_options *o)
{
	static const char *const words[] = { "-Wdocumentation", "-Weverything", "-Wc90", "-std=", "-ansi" };

	if (str_find(o->standard, STR("90")) < o->standard.len ||
	    str_find(o->standard, STR("89")) < o->standard.len ||
	    str_find(o->standard, STR("1994")) < o->standard.len)
		return true;
	for (size_t i = 0; i < o->nflags; i++)
		for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
			if (str_starts(o->flags[i], str_of(words[k])))
				return true;
	return false;
}

static struct unit_source
source_of(const struct objects *o, const struct cell *c, const struct compile_options *options)
{
	const struct toolchain *t = options->toolchain;
	bool is_tcc = t && t->is_tcc;

	return (struct unit_source){ .number = c->number, .marker = c->marker,
	    .text = reads_comments(options) ? c->text : comment_blank(c->text, o->arena),
	    .is_prelude = !c->block, .is_cxx = c->is_cxx, .is_tcc = is_tcc, .by_label = is_tcc };
}

/* A header that is the document's prelude is one for each session. */
static struct interface *
add_interface(struct objects *o, const struct job *j)
{
	struct interface *i = o->all[o->nall++] = interface_new(o->arena);

	for (size_t k = 0; j->cell->block && k < j->cell->number; k++) {
		const struct cell *c = &o->cells->list[k];
		struct unit_source src;

		if (!c->is_header)
			continue;
		src = source_of(o, c, j->request.options);
		interface_add(i, &src);
	}
	return i;
}

/* Cells of one session see each other; one with session=none sees itself. */
static struct interface *
interface_of(struct objects *o, const struct job *j)
{
	struct interface *i;

	if (j->cell->is_isolated)
		return add_interface(o, j);
	i = map_get(&o->interfaces, j->cell->session);
	if (!i) {
		i = add_interface(o, j);
		map_put(&o->interfaces, j->cell->session, i);
	}
	return i;
}

/* All cells are added before the first unit is made: see interface.h. */
static void
add_to_interface(struct objects *o, struct job *j)
{
	struct unit_source src = source_of(o, j->cell, j->request.options);

	j->interface = interface_of(o, j);
	interface_add(j->interface, &src);
}

/* It need not be compiled to know that it cannot be; told as a compiler's error is. */
static void
refuse(struct job *j)
{
	const struct unit_note *why = &j->unit.refusal;
	struct message *m = arena_alloc(j->all->arena, 1, sizeof *m);

	*m = (struct message){ .level = MESSAGE_ERROR, .marker = j->cell->marker,
	    .line = why->line, .column = why->column, .text = why->text };
	j->built = (struct built){ .end = COMPILE_FAILED, .messages = { .list = m, .n = 1 } };
	j->state = JOB_FAILED;
}

static void
make_unit(struct objects *o, struct job *j)
{
	unit_make(j->interface, j->cell->number, &j->unit);
	for (size_t i = 0; i < j->unit.nnotes; i++) {
		const struct unit_note *n = &j->unit.notes[i];

		diag_warning(o->diag, cell_place(j->cell, n->line, n->column), n->id, "%.*s",
		    STR_ARG(n->text));
	}
	if (j->unit.refusal.line > 0)
		refuse(j);
}

static void
make_units(struct objects *o)
{
	size_t n = o->cells->n;

	o->jobs = arena_alloc(o->arena, n, sizeof *o->jobs);
	o->all = arena_alloc(o->arena, n, sizeof(struct interface *));
	for (size_t k = 0; k < n; k++) {
		struct job *j = &o->jobs[k];
		const struct cell *c = &o->cells->list[k];
		const struct recipe *r = c->is_broken || c->is_left_out || c->is_pending || c->kind != CELL_C ? NULL :
		    recipe_of(&o->recipes, c);

		*j = (struct job){ .all = o, .cell = c, .state = r ? JOB_WAITS :
		    c->is_pending ? JOB_LATER : c->kind != CELL_C ? JOB_NEEDLESS : JOB_ABSENT };
		if (r) {
			j->request.options = &r->options;
			j->is_unknown = r->is_unknown;
			add_to_interface(o, j);
		}
	}
	for (size_t k = 0; k < n; k++)
		if (o->jobs[k].state == JOB_WAITS)
			make_unit(o, &o->jobs[k]);
}

/* ---- building ------------------------------------------------------------------------ */

static void built(void *arg, const struct built *b);
static void link_sources(struct objects *o);

static void
take_unit(struct job *j)
{
	if (j->cell) {
		j->request.unit = j->unit.text;
		j->request.is_program = j->unit.is_program;
	}
}

static enum builder_use
use_of(const struct job *j)
{
	return j->all->no_compile ? BUILDER_CACHE_ONLY :
	    j->cell && j->cell->is_fresh && j->cell->number >= j->all->nfresh ?
	    BUILDER_COMPILER_ONLY : BUILDER_BOTH;
}

/* It was built, and is asked for in another way. */
static void
remember(struct job *j)
{
	const struct built *b = &j->built;
	struct ledger_entry *list = arena_alloc(j->all->arena, j->nbefore + 1, sizeof *list);

	for (size_t i = 0; i < j->nbefore; i++)
		list[i] = j->before[i];
	list[j->nbefore++] = (struct ledger_entry){ .request = b->request,
	    .end = b->end == COMPILE_FAILED ? LEDGER_FAILURE : LEDGER_OBJECT,
	    .is_kept = b->is_kept, .result = b->result, .object = b->digest };
	j->before = list;
}

/* For people, who ask later what the cache holds. */
static void
name_request(struct job *j)
{
	struct compile_request *r = &j->request;

	r->document = j->all->document;
	if (j->cell) {
		r->name = j->cell->title;
		r->ordinal = j->cell->ordinal;
		r->written = j->cell->text;
	} else {
		r->name = j->file ? j->file->name : STR("sources");
	}
}

static void
ask(struct job *j)
{
	struct objects *o = j->all;

	take_unit(j);
	name_request(j);
	o->pending++;
	builder_add(o->builder, &j->request, j->cell ? j->cell->marker : j->file ? j->file->name :
	    STR("sources"), use_of(j), o->arena, built, j);
}

/*
 * Did the compiler refuse what the unit can say in another way (an initialiser
 * that looked constant and is not)?  Then it is made anew.
 */
static bool
make_again(struct job *j)
{
	const struct messages *m = &j->built.messages;
	size_t *lines, n = 0;

	if (!j->cell || j->was_retried)
		return false;
	lines = arena_alloc(j->all->arena, m->n, sizeof *lines);
	for (size_t i = 0; i < m->n; i++)
		if (m->list[i].level == MESSAGE_ERROR && !m->list[i].is_file &&
		    str_eq(m->list[i].marker, j->cell->marker) && unit_can_retry(m->list[i].text))
			lines[n++] = m->list[i].line;
	if (n == 0)
		return false;
	j->was_retried = true;
	j->known.lines = lines;
	j->known.nlines = n;
	unit_retry(j->interface, j->cell->number, &j->known, &j->unit);
	return true;
}

/* Does an error stand in the cell's own text, or in what that includes? */
static bool
has_own_error(const struct job *j)
{
	const struct messages *m = &j->built.messages;
	bool in_error = false;

	for (size_t i = 0; i < m->n; i++) {
		const struct message *one = &m->list[i];

		if (one->level != MESSAGE_NOTE)
			in_error = one->level == MESSAGE_ERROR;
		if (in_error && !one->is_file && str_eq(one->marker, j->cell->marker))
			return true;
	}
	return false;
}

bool
objects_misses_header(const struct job *j)
{
	const struct messages *m = &j->built.messages;

	for (size_t i = 0; has_own_error(j) && i < m->n; i++)
		if (m->list[i].level == MESSAGE_ERROR &&
		    (str_ends(m->list[i].text, STR("No such file or directory")) ||
		    str_ends(m->list[i].text, STR("file not found"))))
			return true;
	return false;
}

static bool
is_needed(const struct job *j, const struct cell *c)
{
	for (size_t i = 0; i < j->unit.nneeds; i++)
		if (j->unit.needs[i] == c->number)
			return true;
	return false;
}

bool
objects_ask_without(struct job *j, bool (*is_unbuilt)(void *arg, const struct cell *c),
    void *arg)
{
	struct objects *o = j->all;
	bool own;

	if (j->state != JOB_FAILED || j->was_remade)
		return false;
	own = has_own_error(j);
	for (const struct job *k = o->jobs; k < j; k++) {
		if (k->interface != j->interface || !is_unbuilt(arg, k->cell) ||
		    (own && !is_needed(j, k->cell)))
			continue;
		interface_drop(k->interface, k->cell->number);
		j->was_remade = true;
		if ((!own && is_needed(j, k->cell)) || (!j->lacks && objects_misses_header(k)))
			j->lacks = k->cell;
	}
	if (!j->was_remade)
		return false;
	j->known = (struct unit_retry){ 0 };
	unit_make(j->interface, j->cell->number, &j->unit);
	j->was_retried = false;
	j->state = JOB_WAITS;
	remember(j);
	ask(j);
	return true;
}

bool
objects_ask_open(struct job *j, const struct str *absent, size_t n)
{
	if (j->known.nabsent > 0 || j->unit.is_program || j->cell->is_cxx)
		return false;
	j->known.absent = absent;
	j->known.nabsent = n;
	unit_retry(j->interface, j->cell->number, &j->known, &j->unit);
	j->state = JOB_WAITS;
	remember(j);
	ask(j);
	return true;
}

bool
objects_fetch(struct job *j)
{
	struct objects *o = j->all;

	return j->built.object.len > 0 ||
	    store_object(o->store, &j->built.digest, o->arena, &j->built.object);
}

void
objects_ask_again(struct job *j)
{
	j->state = JOB_WAITS;
	ask(j);
}

/* What tcc says of C that it does not know is not always to be understood. */
static void
add_advice(struct job *j)
{
	struct messages *m = &j->built.messages;
	struct message *list = arena_alloc(j->all->arena, m->n + 1, sizeof *list);

	for (size_t i = 0; i < m->n; i++)
		list[i] = m->list[i];
	list[m->n] = (struct message){ .level = MESSAGE_NOTE,
	    .text = STR("tcc knows less of C than others: cc=gcc may compile this cell") };
	if (m->n > 0) {		/* where the trouble is */
		list[m->n].marker = list[m->n - 1].marker;
		list[m->n].is_file = list[m->n - 1].is_file;
		list[m->n].line = list[m->n - 1].line;
	}
	m->list = list;
	m->n++;
}

/* A cell, or a file. */
static const char *
thing(const struct job *j)
{
	return j->cell ? "cell" : "source";
}

static void
take_built(struct job *j, const struct built *b)
{
	struct objects *o = j->all;
	struct place at = j->cell ? j->cell->at : j->file ? j->file->at : PLACE_NONE;

	switch (b->end) {
	case COMPILE_DONE:
		j->state = JOB_BUILT;
		return;
	case COMPILE_FAILED:
		if (make_again(j)) {
			remember(j);
			ask(j);
			return;
		}
		j->state = JOB_FAILED;
		if (j->request.options->toolchain->is_tcc)
			add_advice(j);
		return;
	case COMPILE_LIMIT:
		diag_error(o->diag, STATUS_FAILED, at, "compiler-limit", "%.*s", STR_ARG(b->what));
		j->state = JOB_ABSENT;
		return;
	case COMPILE_BROKEN:
		j->was_compiled = false;
		j->state = JOB_ABSENT;
		if (o->no_compile)
			diag_error(o->diag, STATUS_COMPILE, at, "not-cached",
			    "this %s is not in the cache, and --no-compile forbids to compile it", thing(j));
		else
			diag_error(o->diag, STATUS_ENVIRONMENT, at, "compiler", "%.*s", STR_ARG(b->what));
		return;
	}
}

static void
built(void *arg, const struct built *b)
{
	struct job *j = arg;

	j->all->pending--;
	j->built = *b;
	j->was_compiled |= !b->is_reused;
	take_built(j, b);
	if (j->file)
		link_sources(j->all);
}

/* ---- asking nobody ------------------------------------------------------------------- */

enum store_answer
objects_look(struct job *j, struct store_entry *e)
{
	struct objects *o = j->all;
	const struct compile_options *options = j->request.options;
	enum store_answer answer;

	for (;;) {
		take_unit(j);
		j->built.request = key_request(&j->request, o->arena);
		answer = store_lookup(o->store, &j->built.request, &options->bases, o->arena, e,
		    &j->built.why);
		j->built.messages = e->messages;
		if (answer != STORE_FAILURE || !make_again(j))
			return answer;
	}
}

/* ---- sources= -------------------------------------------------------------------------- */

static bool
has_cxx(const struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (compile_is_cxx(f->list[i].path))
			return true;
	return false;
}

/* The options of all sources, with the library of C++ if some are. */
static const struct compile_options *
link_options(struct objects *o)
{
	const struct compile_options *options = o->parts[0].request.options;
	struct compile_options *more;
	struct str *libs;

	if (!has_cxx(&o->files))
		return options;
	more = arena_copy(o->arena, options, 1, sizeof *more);
	libs = arena_alloc(o->arena, options->nlibs + 1, sizeof *libs);
	for (size_t i = 0; i < options->nlibs; i++)
		libs[i] = options->libs[i];
	libs[options->nlibs] = STR("-lstdc++");
	more->libs = libs;
	more->nlibs++;
	return more;
}

/* Once all of them are there: data of one file may refer to another's, both ways. */
static void
link_sources(struct objects *o)
{
	size_t n = o->files.n;
	struct str *parts = arena_alloc(o->arena, n, sizeof *parts);

	for (size_t i = 0; i < n; i++)
		if (o->parts[i].state == JOB_WAITS)
			return;
	for (size_t i = 0; i < n; i++) {
		if (o->parts[i].state != JOB_BUILT) {
			o->sources.state = o->parts[i].state;
			return;
		}
		parts[i] = o->parts[i].built.object;
	}
	o->sources.request = (struct compile_request){
		.options = link_options(o), .parts = parts, .nparts = n };
	ask(&o->sources);
}

/* The options of the first cell that has any compile the sources. */
static const struct compile_options *
options_for_sources(const struct objects *o)
{
	for (size_t k = 0; k < o->cells->n; k++)
		if (o->jobs[k].request.options)
			return o->jobs[k].request.options;
	return NULL;
}

static void
ask_for_sources(struct objects *o)
{
	const struct compile_options *options = options_for_sources(o);
	size_t n = options ? o->files.n : 0;

	o->parts = arena_alloc(o->arena, n, sizeof *o->parts);
	o->sources = (struct job){ .all = o };
	o->has_sources = n > 0;
	for (size_t i = 0; i < n; i++) {
		o->parts[i] = (struct job){ .all = o, .file = &o->files.list[i] };
		o->parts[i].request = (struct compile_request){ .options = options,
		    .source = o->files.list[i].path };
		ask(&o->parts[i]);
	}
}

/* Folders in which headers of sources and preludes stand. */
static size_t
header_folders(struct objects *o, struct str root, const struct str **folders)
{
	const struct cells *c = o->cells;
	size_t nfiles = o->files.n, n = 0;
	struct str *list = arena_alloc(o->arena, nfiles + c->n, sizeof *list);

	for (size_t i = 0; i < nfiles + c->n; i++) {
		struct str path = i < nfiles ? o->files.list[i].name :
		    c->list[i - nfiles].block ? STR("") : c->list[i - nfiles].name;
		struct str folder = path_folder(path);

		if (folder.len > 0)
			list[n++] = arena_printf(o->arena, "%.*s/%.*s", STR_ARG(root), STR_ARG(folder));
	}
	*folders = list;
	return n;
}

/*
 * A file that is seen to be the same after a compilation as before is an input
 * whose result can be kept; one that nobody looked at before might have changed.
 */
static void
know_new_files(const struct scratch *s, struct memo *m)
{
	struct memo_file file;

	for (size_t i = 0; s->is_new && i < s->nfiles; i++)
		memo_file(m, s->files[i], &file);
}

bool
objects_prepare(struct objects *o, const struct cells *cells, struct graph *g,
    struct str root, struct str folder, struct store *s, struct arena *a, struct diag *d)
{
	const struct str *more;
	size_t nmore;

	*o = (struct objects){ .arena = a, .diag = d, .store = s, .cells = cells };
	o->document = path_real(cells->path, a);
	if (!scratch_make(&o->scratch, g, cells->blocks, store_folder(s), a, d))
		return false;
	know_new_files(&o->scratch, store_memo(s));
	if (!files_find(&o->files, cells->sources, cells->nsources, root, o->scratch.path, a, d))
		return false;
	nmore = header_folders(o, root, &more);
	recipes_init(&o->recipes, root, folder, more, nmore, &o->scratch, s, a, d);
	make_units(o);
	return true;
}

struct digest
objects_unit(const struct job *j)
{
	return hash_of(j->unit.text);
}

/* Ask for all that wait: first those that have to be compiled, it seems. */
static void
ask_all(struct objects *o, const struct map *known)
{
	size_t n = o->cells->n, nlater = 0;
	struct job **later = arena_alloc(o->arena, n, sizeof(struct job *));

	for (size_t k = 0; k < n; k++) {
		struct job *j = &o->jobs[k];
		struct digest unit;

		if (j->state != JOB_WAITS)
			continue;
		unit = known ? objects_unit(j) : (struct digest){{0}};
		if (known && map_get(known, (struct str){ (const char *)unit.bytes, HASH_SIZE }))
			later[nlater++] = j;
		else
			ask(j);
	}
	for (size_t k = 0; k < nlater; k++)
		ask(later[k]);
}

void
objects_open(struct objects *o, const struct objects_options *options, struct loop *l)
{
	o->loop = l;
	o->no_compile = options->no_compile;
	o->nfresh = options->nfresh;
	o->builder = builder_new(l, o->store, options->slots);
	ask_for_sources(o);
	builder_leave_objects(o->builder, options->leave_objects);
	ask_all(o, options->known);
	builder_leave_objects(o->builder, false);
}

const struct cell *
objects_locate(const struct job *j, struct str marker, size_t *line)
{
	size_t number;

	if (!j->interface || !interface_locate(j->interface, marker, j->cell->number, &number, line))
		return NULL;
	return &j->all->cells->list[number];
}

void
objects_close(struct objects *o)
{
	if (o->builder)
		builder_free(o->builder);
	for (size_t k = 0; k < o->nall; k++)
		interface_free(o->all[k]);
	map_release(&o->interfaces);
	recipes_release(&o->recipes);
	scratch_release(&o->scratch);
}

#include "runner/cli/page.h"

#include "runner/cell/transcript.h"
#include "runner/cli/console.h"
#include "runner/cli/notebook.h"
#include "runner/cli/pictures.h"
#include "runner/cli/whereabouts.h"
#include "runner/output/gallery.h"
#include "runner/output/inplace.h"
#include "runner/output/output.h"
#include "runner/output/region.h"
#include "runner/output/section.h"
#include "runner/script/hooking.h"
#include "runner/session/protocol.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/map.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

/* ---- what the run gave ----------------------------------------------------------- */

static struct str
line_of_cell(void *arg, size_t number, size_t line)
{
	const struct notebook *n = arg;

	if (number >= n->cells.n)
		return (struct str){0};
	return str_trim(cell_line(&n->cells.list[number], line));
}

static size_t
line_as_known(void *arg, size_t number, size_t line, bool *is_made)
{
	const struct notebook *n = arg;
	struct cell_origin o = { .line = line };

	if (number < n->cells.n)
		o = cell_origin(&n->cells.list[number], line);
	*is_made = o.is_made;
	return o.line;
}

static struct output_context
context_of(const struct notebook *n, const struct cell *c)
{
	union {				/* read only: line_of_cell casts nothing away */
		const struct notebook *in;
		void *arg;
	} view = { n };

	return (struct output_context){
		.bytes = (size_t)c->output_limit,
		.lines = c->output_limit ? SIZE_MAX : 0,
		.is_program = n->results[c->number].is_program,
		.has_state = !c->is_isolated, .cell = c->number,
		.command = n->results[c->number].console ? n->results[c->number].console->nrun : 0,
		.home = n->results[c->number].is_recorded ? n->results[c->number].home : n->home ? str_of(n->home) : (struct str){0},
		.line = line_of_cell, .shown = line_as_known, .arg = view.arg,
	};
}

static struct fences
fences_of_outcome(const struct notebook *n, const struct cell *c, struct arena *a)
{
	struct output_context context = context_of(n, c);
	struct outcome o = *n->results[c->number].outcome;

	if (!c->show_value)
		o.value = (struct str){0};
	if (!c->show_output || c->show_markdown)
		o.out = (struct captured){0};
	if (!c->show_output)
		o.err = (struct captured){0};
	return output_fences(&o, &context, a);
}

static struct fences
fences_of_messages(const struct notebook *n, const struct cell *c, struct arena *a)
{
	const struct messages *m = &n->results[c->number].messages;

	for (size_t i = 0; i < m->n; i++) {
		const struct message *one = &m->list[i];
		bool own = !one->is_file && str_eq(one->marker, c->marker);
		bool glue = whereabouts_is_glue(one);
		size_t line = glue ? cell_last_line(c) : one->line;

		if (one->level == MESSAGE_ERROR)
			return output_compile_error(own || glue ? STR("") : one->marker,
			    own || glue ? cell_origin(c, line).line : line, one->text, a);
	}
	return output_compile_error(STR(""), 0, STR("it does not compile"), a);
}

/* NULL for a cell that did not run: the document keeps what it has. */
static struct fences *
fences_of(const struct notebook *n, const struct cell *c, struct arena *a)
{
	const struct cell_result *r = &n->results[c->number];
	struct fences made;

	if (r->end == CELL_RAN && !r->as_expected && r->outcome->kind == OUTCOME_LOAD &&
	    r->outcome->out.total == 0 && r->outcome->err.total == 0)
		return NULL;		/* nothing of it ran */
	if (r->end == CELL_RAN && r->outcome->kind == OUTCOME_INTERRUPTED)
		return NULL;		/* half an output is worth less than an old one */
	if (r->end == CELL_RAN)
		made = fences_of_outcome(n, c, a);
	else if (r->end == CELL_UNBUILT && r->as_expected)
		made = fences_of_messages(n, c, a);
	else
		return NULL;
	return arena_copy(a, &made, 1, sizeof made);
}

/* ---- what hooks make of it ----------------------------------------------------------- */

static struct arena *
arena_of(const struct notebook *n)
{
	union {				/* the notebook is only looked at but for its arena */
		const struct notebook *in;
		struct notebook *out;
	} view = { n };

	return &view.out->arena;
}

/* Asked once: a hook may count, and a page is made more than once. */
static const struct hooked *
hooked_of(const struct notebook *n, const struct cell *c, const struct fences *made)
{
	struct hooked *h = &n->hooked[c->number];
	const struct console_result *r = n->results[c->number].console;

	if (h->is_known)
		return h;
	h->is_known = true;
	h->fences = *made;
	h->console = r;
	h->is_bad = !hooking_output(n->hooking, c, &h->fences, arena_of(n), n->diag);
	if (r && !h->is_bad)
		h->is_bad = !(h->console = console_hooked(r, c, n->hooking, arena_of(n), n->diag));
	return h;
}

const struct console_result *
page_console(const struct notebook *n, const struct cell *c)
{
	return n->hooking && n->hooked[c->number].is_known ? n->hooked[c->number].console :
	    n->results[c->number].console;
}

/* For the hook `normalize`. */
struct normalized {
	const struct notebook *notebook;
	const struct cell *cell;
	bool is_bad;
};

static bool
normalize(void *arg, const char *stream, struct str text, struct str *normal, struct arena *a)
{
	struct normalized *x = arg;
	const struct notebook *n = x->notebook;

	x->is_bad = x->is_bad || !hooking_normalize(n->hooking, x->cell, stream, text, normal, a, n->diag);
	return !x->is_bad;
}

static bool
is_bad(const struct comparing *how)
{
	const struct normalized *x = how->arg;

	return x && x->is_bad;
}

/* ---- what was shown ---------------------------------------------------------------------- */

/* What it printed is shown, too, and before all else. */
static struct outcome
with_printed(const struct outcome *o, struct arena *a)
{
	struct outcome all = *o;
	struct buf text = {0};
	struct display *list = arena_alloc(a, o->ndisplays + 1, sizeof *list);

	buf_add(&text, o->out.head);
	if (o->out.left_out > 0)
		buf_add(&text, STR("\n\n...\n\n"));
	buf_add(&text, o->out.tail);
	list[0] = (struct display){ .kind = DISPLAY_MARKDOWN, .data = buf_take(&text, a) };
	for (size_t i = 0; i < o->ndisplays; i++)
		list[i + 1] = o->displays[i];
	all.displays = list;
	all.ndisplays++;
	return all;
}

const struct gallery *
page_gallery(const struct notebook *n, const struct cell *c, bool tight, struct arena *a)
{
	const struct cell_result *r = &n->results[c->number];
	struct gallery_options how = { .tight = tight, .bytes = (size_t)c->output_limit };
	struct outcome all;
	struct gallery *g;

	if (r->end != CELL_RAN || !c->show_output)
		return NULL;
	all = c->show_markdown && r->outcome->out.total > 0 ? with_printed(r->outcome, a) : *r->outcome;
	if (all.ndisplays == 0 && all.displays_left_out == 0)
		return NULL;
	how.folder = pictures_folder(n->pictures_of.len > 0 ? n->pictures_of : n->cells.path, a);
	g = arena_alloc(a, 1, sizeof *g);
	gallery_make(g, &all, &how, a);
	return g;
}

/* One of several cells of a block has a part of its own. */
static struct str
shown_of(const struct cell *c, struct str body, struct arena *a)
{
	return c->instance.len == 0 || body.len == 0 ? body : arena_printf(a, "\n%.*s\n", STR_ARG(body));
}

/* Beside others, on both sides in the same way. */
static struct str
shown_apart(struct str text, struct arena *a)
{
	struct str line, rest = text;
	size_t from = 0, end = 0;

	while (output_line(&rest, &line)) {
		if (str_is_blank(line) && end == 0)
			from = text.len - rest.len;
		else if (!str_is_blank(line))
			end = text.len - rest.len;
	}
	return end == 0 ? STR("") : arena_printf(a, "\n%.*s\n", STR_ARG(str_slice(text, from, end)));
}

/* Is all there that the text, which stays, links? */
static void
look_for_pictures(const struct page *p, struct page_cell *c, struct str text)
{
	enum { LARGEST = 64 << 20 };
	struct str path = p->cells_of->path, folder = path_folder(path), rest = text, name;
	struct arena scratch;

	arena_init(&scratch);
	while (c->lost.len == 0 &&
	    gallery_next_link(&rest, pictures_folder(path, &scratch), &name, &scratch)) {
		struct str file = arena_printf(&scratch, "%.*s/%.*s", STR_ARG(pictures_folder(path, &scratch)),
		    STR_ARG(name)), bytes;
		char hex[HASH_HEX + 1];
		bool is_there = file_peek(folder.len == 0 ? file : arena_printf(&scratch, "%.*s/%.*s",
		    STR_ARG(folder), STR_ARG(file)), LARGEST, &scratch, &bytes);

		if (is_there)
			digest_hex(hash_of(bytes), hex);
		if (is_there && gallery_is_named(name, hex))
			continue;
		c->lost = arena_str(p->arena, file);
		c->is_lost_edited = is_there;
		c->kind[FENCE_SHOWN] = c->all = COMPARISON_DIFFERS;
	}
	arena_release(&scratch);
}

/* Of lines that stayed and new ones something else may have come than was made. */
static void
check_shown(const struct comparing *how, struct page *p, struct page_cell *c, struct fences *made,
    struct str as_made)
{
	struct str *text = &made->text[FENCE_SHOWN];

	if (c->kind[FENCE_SHOWN] == COMPARISON_DIFFERS && !gallery_is_safe(*text))
		*text = compare_written(how, as_made, p->arena);
}

/* ---- what is to be written ------------------------------------------------------------- */

/* Where a cell works: of console blocks see console.h. */
static struct str
folder_of(const struct notebook *n, const struct cell *c, struct arena *a)
{
	if (c->cwd.text.len == 0 || str_eq(c->cwd.text, STR("document")))
		return n->folder;
	if (str_eq(c->cwd.text, STR("root")))
		return n->root_path;
	return arena_printf(a, "%.*s/%.*s", STR_ARG(n->root_path), STR_ARG(c->cwd.text));
}

struct comparing
page_comparing(const struct notebook *n, const struct cell *c, struct arena *a)
{
	struct comparing how = { .literally = c->is_literal, .normalizing = n->normalizing[c->number] };

	normalizers_begin(n->normalizers, &c->at);
	if (how.normalizing.names_folder)
		how.normalizing.folder = folder_of(n, c, a);
	if (hooking_normalizes(n->hooking, c)) {
		struct normalized *x = arena_alloc(a, 1, sizeof *x);

		*x = (struct normalized){ .notebook = n, .cell = c };
		how.arg = x;
		how.normalize = normalize;
		how.stream = "stdout";
	}
	return how;
}

/* ---- the parts of a block's cells ------------------------------------------------------- */

/* Labels of a place's cells, each once; at[i] is that of its i-th cell. */
struct parts {
	struct section *list;
	size_t n, *at;
};

static void
name_parts(struct parts *s, const struct page *p, const struct page_place *l)
{
	struct map labels = {0};

	*s = (struct parts){ .list = arena_alloc(p->arena, l->n, sizeof *s->list),
	    .at = arena_alloc(p->arena, l->n, sizeof *s->at) };
	for (size_t i = 0; i < l->n; i++) {
		struct str label = p->cells[l->first + i].of->instance;
		struct section *known = map_get(&labels, label);

		if (!known) {
			known = &s->list[s->n++];
			known->label = label;
			map_put(&labels, label, known);
		}
		s->at[i] = (size_t)(known - s->list);
	}
	map_release(&labels);
}

/*
 * Whose is what a part has recorded of a kind?  Of cells with one label it is the
 * first that printed such, or the first.
 */
static void
give_parts(struct page *p, const struct page_place *l, const struct parts *s, enum fence kind)
{
	struct page_cell *first = &p->cells[l->first], **owners = arena_alloc(p->arena, s->n,
	    sizeof(struct page_cell *));

	for (size_t i = 0; i < l->n; i++) {
		struct page_cell **owner = &owners[s->at[i]];

		if (!*owner || (first[i].made && first[i].made->present[kind] &&
		    !((*owner)->made && (*owner)->made->present[kind])))
			*owner = &first[i];
	}
	for (size_t k = 0; k < s->n; k++) {
		owners[k]->recorded.text[kind] = s->list[k].text;
		owners[k]->recorded.present[kind] = s->list[k].present;
	}
}

/* What is recorded, cell by cell. */
static void
take_parts(struct page *p, const struct page_place *l)
{
	struct parts s;

	name_parts(&s, p, l);
	for (enum fence kind = 0; kind < NFENCES; kind++) {
		if (!l->embed.recorded.present[kind])
			continue;
		(void)sections_cut(l->embed.recorded.text[kind], s.list, s.n);
		for (size_t k = 0; kind == FENCE_SHOWN && l->n > 1 && k < s.n; k++)
			if (s.list[k].present)
				s.list[k].text = shown_apart(s.list[k].text, p->arena);
		give_parts(p, l, &s, kind);
	}
}

/* The parts as they are to stand there, of cells without a new one as they stand. */
static bool
join_parts(const struct page *p, const struct page_place *l, enum fence kind, struct str *text)
{
	struct parts s;
	bool any = false;

	name_parts(&s, p, l);
	for (size_t i = 0; i < l->n; i++) {
		const struct page_cell *c = &p->cells[l->first + i];
		const struct fences *f = c->made ? c->made : &c->recorded;
		struct section *part = &s.list[s.at[i]];

		if (!f->present[kind])
			continue;
		part->text = !part->present ? f->text[kind] : arena_printf(p->arena, "%.*s%.*s",
		    STR_ARG(part->text), STR_ARG(f->text[kind]));
		part->present = any = true;
	}
	*text = sections_join(s.list, s.n, p->arena);
	return any;
}

struct str
page_text(const struct page *p, const struct page_place *l, enum fence kind)
{
	struct str text;

	return join_parts(p, l, kind, &text) ? text : STR("");
}

/* ---- comparing -------------------------------------------------------------------------- */

/* The first that has something to be recorded; NULL: none. */
static const struct page_cell *
first_made(const struct page *p, const struct page_place *l)
{
	for (size_t i = l->first; i < l->first + l->n; i++)
		if (p->cells[i].made)
			return &p->cells[i];
	return NULL;
}

/* Is all that stands there of a kind, as a whole, what would be written? */
static enum comparison
compare_whole(const struct page *p, const struct page_place *l, const struct cell *const *ran,
    enum fence kind)
{
	const struct page_cell *first = first_made(p, l);
	struct str text, stays;
	struct comparing how;

	if (!first || l->n == 1 || kind == FENCE_ERROR || !l->embed.recorded.present[kind] ||
	    !join_parts(p, l, kind, &text))
		return COMPARISON_DIFFERS;
	how = page_comparing(p->notebook, ran[first->of->number], p->arena);
	how.literally = first->of->is_literal;
	return compare_texts(&how, l->embed.recorded.text[kind], text, p->arena, &stays);
}

/* Nobody can say what it comes to: what is recorded stays. */
static void
leave(struct page_cell *c)
{
	for (enum fence k = 0; k < NFENCES; k++)
		c->kind[k] = COMPARISON_NONE;
	c->all = COMPARISON_NONE;
	c->made = NULL;
	c->nedits = 0;
}

static void
compare_cell(struct page *p, struct page_place *l, struct page_cell *c, const struct cell *ran,
    const enum comparison whole[NFENCES])
{
	struct comparing how = page_comparing(p->notebook, ran, p->arena);
	const struct console_result *r = page_console(p->notebook, ran);
	struct fences made = *c->made;
	struct str shown = c->made->text[FENCE_SHOWN];

	how.literally = c->of->is_literal;
	c->all = compare_fences(&how, &c->recorded, &made, p->arena, c->kind);
	check_shown(&how, p, c, &made, shown);
	for (enum fence k = 0; k < NFENCES && l->n > 1; k++) {
		if (l->stays[k] && c->kind[k] != COMPARISON_NONE)
			c->kind[k] = whole[k];
		c->all = k > 0 && c->all > c->kind[k] ? c->all : c->kind[k];
	}
	if (l->n > 1 && c->all == COMPARISON_NONE)
		c->all = COMPARISON_SAME;
	if (r) {
		enum comparison steps = console_compare(r, c->of, &how, p->arena, &c->texts);

		c->all = steps > c->all ? steps : c->all;
		c->edits = inplace_edits(c->of->block, c->of->transcript, c->texts, p->arena, &c->nedits);
	}
	if (c->kind[FENCE_SHOWN] == COMPARISON_SAME || c->kind[FENCE_SHOWN] == COMPARISON_BY_PATTERN)
		look_for_pictures(p, c, made.text[FENCE_SHOWN]);
	if (c->lost.len > 0)	/* only the new one can be written */
		made.text[FENCE_SHOWN] = compare_written(&how, shown, p->arena);
	c->made = arena_copy(p->arena, &made, 1, sizeof made);
	if (is_bad(&how))
		leave(c);
}

/* Each part is right: is it where it belongs? */
static void
compare_order(struct page *p, struct page_place *l)
{
	struct page_cell *first = &p->cells[l->first];
	struct str text, stays;

	for (enum fence k = 0; k < NFENCES && l->n > 1; k++) {
		bool differs = false;

		for (size_t i = 0; i < l->n; i++)
			differs = differs || first[i].kind[k] == COMPARISON_DIFFERS;
		if (differs || l->stays[k] || !l->embed.recorded.present[k])
			continue;
		(void)join_parts(p, l, k, &text);
		l->is_out_of_order[k] = compare_texts(&(struct comparing){ .literally = true },
		    l->embed.recorded.text[k], text, p->arena, &stays) == COMPARISON_DIFFERS;
		for (size_t i = 0; l->is_out_of_order[k] && i < l->n; i++) {
			if (!first[i].made)
				continue;
			first[i].kind[k] = first[i].all = COMPARISON_DIFFERS;
			break;
		}
	}
}

static void
compare_place(struct page *p, struct page_place *l, const struct cell *const *ran)
{
	enum comparison whole[NFENCES];

	for (enum fence k = 0; k < NFENCES; k++) {
		whole[k] = compare_whole(p, l, ran, k);
		l->stays[k] = whole[k] != COMPARISON_DIFFERS;
	}
	for (size_t i = l->first; i < l->first + l->n; i++)
		if (p->cells[i].made)
			compare_cell(p, l, &p->cells[i], ran[p->cells[i].of->number], whole);
	compare_order(p, l);
}

/* ---- the page ------------------------------------------------------------------------ */

static const struct fences *
made_of(const struct page *p, const struct cell *now, const struct cell *ran,
    const struct gallery **gallery)
{
	const struct notebook *n = p->notebook;
	struct fences *made = !ran || now->block->is_output_damaged || !n->results[ran->number].is_wanted ?
	    NULL : fences_of(n, ran, p->arena);
	const struct hooked *h = NULL;

	if (made && !now->block->part->aside && (*gallery = page_gallery(n, ran, now->block->part->in_container, p->arena))) {
		made->text[FENCE_SHOWN] = shown_of(ran, (*gallery)->body, p->arena);
		made->present[FENCE_SHOWN] = made->text[FENCE_SHOWN].len > 0;
	}
	if (made && n->hooking)
		h = hooked_of(n, ran, made);
	return !h ? made : h->is_bad ? NULL : &h->fences;
}

static void
add_cell(struct page *p, const struct cell *now, const struct cell *ran)
{
	struct page_place *l = p->nplaces > 0 ? &p->places[p->nplaces - 1] : NULL;

	if (!l || p->cells[l->first].of->block != now->block) {
		l = &p->places[p->nplaces++];
		l->first = p->n;
		region_take(&l->embed, p->cells_of->blocks, now->block, p->arena);
	}
	l->n++;
	p->cells[p->n] = (struct page_cell){ .of = now, .place = p->nplaces - 1 };
	p->cells[p->n].made = made_of(p, now, ran, &p->cells[p->n].gallery);
	p->n++;
}

void
page_make_edited(struct page *p, const struct notebook *n, const struct cells *now,
    const struct cell *const *ran, struct arena *a)
{
	*p = (struct page){ .arena = a, .notebook = n, .cells_of = now,
	    .cells = arena_alloc(a, now->n, sizeof *p->cells),
	    .places = arena_alloc(a, now->n, sizeof *p->places) };
	for (size_t i = 0; i < now->n; i++) {
		const struct cell *c = &now->list[i];

		if (c->block && c->block->part->closed)
			add_cell(p, c, ran[i]);
	}
	for (size_t i = 0; i < p->nplaces; i++) {
		take_parts(p, &p->places[i]);
		compare_place(p, &p->places[i], ran);
	}
}

void
page_make(struct page *p, const struct notebook *n, struct arena *a)
{
	const struct cell **ran = arena_alloc(a, n->cells.n, sizeof(struct cell *));

	for (size_t i = 0; i < n->cells.n; i++)
		ran[i] = &n->cells.list[i];
	page_make_edited(p, n, &n->cells, ran, a);
}

/* What is to be written below a block. */
static struct embed_cell
embed_of(const struct page *p, const struct page_place *l)
{
	const struct page_cell *first = first_made(p, l);
	struct embed_cell e = l->embed;
	struct fences made = {0};

	if (first) {
		e.made = first->made;
		e.edits = first->edits;
		e.nedits = first->nedits;
	}
	if (!e.made || l->n == 1)
		return e;
	for (enum fence k = 0; k < NFENCES; k++) {
		made.present[k] = l->stays[k] || join_parts(p, l, k, &made.text[k]);
		if (l->stays[k])
			made.text[k] = l->embed.recorded.text[k];
	}
	e.made = arena_copy(p->arena, &made, 1, sizeof made);
	return e;
}

void
page_report_shown(const struct page *p, struct diag *d)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct page_cell *c = &p->cells[i];

		if (!c->gallery && c->of->block->part->aside && page_gallery(p->notebook, c->of, false, p->arena))
			diag_warning(d, c->of->at, "shown-as-text",
			    "what this cell shows has no place in an admonition: only what it prints stands there");
		for (size_t k = 0; c->gallery && k < c->gallery->n; k++)
			if (c->gallery->items[k].why)
				diag_warning(d, c->of->at, "shown-as-text",
				    "what this cell shows as %s stands in a fence, since %s",
				    c->gallery->items[k].kind, c->gallery->items[k].why);
	}
}

static struct str
text_of(const struct page *p)
{
	return p->cells_of->blocks->document->source.text;
}

bool
page_write(const struct page *p, struct buf *to)
{
	struct embed_cell *list = arena_alloc(p->arena, p->nplaces, sizeof *list);

	for (size_t i = 0; i < p->nplaces; i++)
		list[i] = embed_of(p, &p->places[i]);
	return embed(to, text_of(p), list, p->nplaces);
}

bool
page_changes(const struct page *p, size_t i)
{
	const struct page_cell *c = &p->cells[i];
	const struct page_place *l = &p->places[c->place];
	struct embed_cell e;
	struct buf text = {0};
	bool differs;

	if (l->n > 1 || !c->made)
		return c->made && c->all == COMPARISON_DIFFERS;
	e = embed_of(p, l);
	differs = embed(&text, text_of(p), &e, 1);
	buf_release(&text);
	return differs;
}

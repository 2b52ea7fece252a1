#include "tangle/document/document.h"

#include "tangle/base/diag.h"
#include "tangle/document/frontmatter.h"
#include "tangle/document/line.h"
#include "tangle/document/part.h"
#include "tangle/document/structure.h"

/* Deeper nesting than this is a mistake or an attack. */
enum { DEEPEST = 1000 };

void
document_init(struct document *d)
{
	*d = (struct document){0};
	arena_init(&d->arena);
	d->options.arena = &d->arena;
}

void
document_release(struct document *d)
{
	arena_release(&d->arena);
	*d = (struct document){0};
}

struct walk {
	struct document *d;
	size_t above;		/* lines of front matter, which is not Markdown */
	size_t cap;
};

static struct part *
add_part(struct walk *w, const struct part *p)
{
	struct document *d = w->d;

	if (d->nparts == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 32;
		struct part *parts = arena_alloc(&d->arena, cap, sizeof *parts);

		for (size_t i = 0; i < d->nparts; i++)
			parts[i] = d->parts[i];
		d->parts = parts;
		w->cap = cap;
	}
	d->parts[d->nparts] = *p;
	return &d->parts[d->nparts++];
}

static bool
visit(void *arg, const struct leaf *leaf)
{
	struct walk *w = arg;
	struct part p, *above, *added;

	if (!part_of_leaf(&p, w->d, leaf, w->above))
		return false;
	added = add_part(w, &p);
	above = added > w->d->parts ? added - 1 : NULL;
	if (above && leaf->follows && above->closed &&
	    line_all_marks(str_slice(w->d->source.text, above->end, p.start))) {
		above->touches_next = true;
		added->touches_above = true;
	}
	return true;
}

static bool
find_parts(struct document *d, struct diag *diag)
{
	struct walk w = { .d = d };
	size_t line;

	if (d->body > 0)
		w.above = source_position(&d->source, d->body - 1).line;
	line = structure_walk(str_slice(d->source.text, d->body, d->source.text.len), DEEPEST,
	    visit, &w);
	if (line == 0)
		return true;
	diag_error(diag, STATUS_LIMIT,
	    place_of(&d->source, source_line(&d->source, w.above + line)), "too-deep",
	    "lists and quotes are nested more than %d deep", DEEPEST);
	return false;
}

static bool
is_utf16(struct str text)
{
	return str_starts(text, (struct str){ "\xFF\xFE", 2 }) ||
	    str_starts(text, (struct str){ "\xFE\xFF", 2 });
}

bool
document_parse(struct document *d, struct str path, struct str text, struct diag *diag)
{
	d->path = arena_str(&d->arena, path);
	source_init(&d->source, &d->arena, d->path, text);
	if (is_utf16(text)) {
		diag_error(diag, STATUS_STRUCTURE, place_file(&d->source), "utf-16",
		    "this looks like UTF-16: save the document as UTF-8");
		return false;
	}
	d->body = frontmatter_size(&d->source);
	frontmatter_read(&d->options, &d->source, d->body, diag);
	return find_parts(d, diag);
}

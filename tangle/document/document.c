#include "tangle/document/document.h"

#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/document/frontmatter.h"
#include "tangle/document/scan.h"
#include "tangle/document/shown.h"

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
	mem_free(d->parts);
	*d = (struct document){0};
}

/*
 * libcmark drops a byte order mark.  In a document with front matter that is not
 * Markdown's; without, a part on the first line begins before it.
 */
static bool
find_parts(struct document *d, struct diag *diag)
{
	bool has_mark = d->body == 0 && str_starts(d->source.text, STR("\xEF\xBB\xBF"));
	size_t from = has_mark ? 3 : d->body;
	bool ok = scan_parts(d, from, diag);

	shown_join(d);
	if (has_mark && d->nparts > 0 && d->parts[0].start == from)
		d->parts[0].start = 0;
	return ok;
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

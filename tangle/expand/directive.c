#include "tangle/expand/directive.h"

#include "tangle/base/buf.h"
#include "tangle/document/block.h"
#include "tangle/document/document.h"
#include "tangle/expand/graph.h"
#include "tangle/project/language.h"

const struct language *
director_language(const struct node *n)
{
	const struct language *l = n->nblocks > 0 ? language_find(n->blocks[0]->language) : NULL;

	return l && !str_eq(str_of(l->name), STR("text")) ? l : language_of_path(n->file);
}

static size_t
count_folders(struct str path)
{
	size_t n = 0;

	while (path.len > 0) {
		struct str part = str_cut(path, '/', &path);

		n += part.len > 0 && !str_eq(part, STR(".")) && path.len > 0;
	}
	return n;
}

void
director_begin(struct director *d, const struct node *n, enum directives names)
{
	const struct language *l = names == DIRECTIVES_NONE || !n ? NULL : director_language(n);

	*d = (struct director){ .names = names };
	if (!l || !l->directive)
		return;
	d->language = d->seam.language = l;
	if (l->traits & LANGUAGE_FROM_FILE)
		d->up = count_folders(n->file);
}

void
director_end(struct director *d)
{
	seam_release(&d->seam);
}

/*
 * Names
 */

static struct str
name_of(const struct director *d, const struct document *doc)
{
	return d->names == DIRECTIVES_ABSOLUTE ? doc->absolute : doc->below;
}

/* Can the language hold the name at all? */
static bool
is_name(const struct language *l, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (l->quoting == QUOTE_C ? c == '\0'
		    : c == '\n' || c == '\r' || c == '\0' || (c == '"' && l->quoting != QUOTE_REST))
			return false;
	}
	return name.len > 0;
}

/* "\?" so that "??/" is no trigraph; bytes that are no UTF-8 stay, as compilers want them. */
static void
add_c(struct buf *to, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c == '"' || c == '\\' || (c == '?' && i > 0 && name.data[i - 1] == '?'))
			buf_byte(to, '\\');
		if (c == '\n')
			buf_add(to, STR("\\n"));
		else if ((unsigned char)c < 0x20 || c == 0x7f)
			buf_printf(to, "\\%03o", (unsigned)c);
		else
			buf_byte(to, c);
	}
}

static void
add_name(const struct director *d, struct buf *to, struct str name)
{
	enum language_quoting how = d->language->quoting;

	if (how != QUOTE_REST)
		buf_byte(to, '"');
	for (size_t k = 0; k < d->up && !str_starts(name, STR("/")); k++)
		buf_add(to, STR("../"));
	if (how == QUOTE_C) {
		add_c(to, name);
	} else {
		for (size_t i = 0; i < name.len; i++) {
			if (name.data[i] == '\\' && how == QUOTE_BACKSLASH)
				buf_byte(to, '\\');
			buf_byte(to, name.data[i]);
		}
	}
	if (how != QUOTE_REST)
		buf_byte(to, '"');
}

/* The language's format, filled in. */
static void
add_directive(const struct director *d, struct buf *to, struct str name, size_t line,
    struct str ending)
{
	for (const char *f = d->language->directive; *f; f++) {
		size_t more = 0;

		if (*f != '%') {
			buf_byte(to, *f);
			continue;
		}
		if (*++f == '+')
			while (*++f >= '0' && *f <= '9')
				more = 10 * more + (size_t)(*f - '0');
		if (*f == 'L')
			buf_printf(to, "%zu", line + more);
		else if (*f == 'F')
			add_name(d, to, name);
		else if (*f == 'N')
			buf_add(to, ending);
		else
			buf_byte(to, *f);
	}
}

/*
 * Lines
 */

bool
director_before(struct director *d, const struct document *doc, struct place at,
    struct str ending, struct buf *text)
{
	struct str line = str_slice(at.source->text, at.offset, at.source->text.len);
	size_t number = source_position(at.source, at.offset).line;
	struct str name = name_of(d, doc);

	if (d->document == doc && d->line == number)
		return false;
	if (!seam_parts(&d->seam) || (text->len == 0 && str_starts(line, STR("#!"))) ||
	    !is_name(d->language, name))
		return false;
	add_directive(d, text, name, number, ending);
	d->read = text->len;
	d->document = doc;
	d->line = number;
	d->skippable = d->seam.conditions;
	return true;
}

bool
director_pads(const struct director *d, struct place at, size_t *blanks)
{
	struct position p = source_position(at.source, at.offset);

	if ((d->language->traits & LANGUAGE_LAYOUT) || seam_is_text(&d->seam) || d->line != p.line)
		return false;
	*blanks = p.column - 1;
	return true;
}

void
director_after(struct director *d, const struct buf *text)
{
	struct str rest = str_slice(buf_str(text), d->read, text->len);

	while (rest.len > 0) {
		size_t end = str_find_byte(rest, '\n') + 1;

		seam_read(&d->seam, str_slice(rest, 0, end));
		rest = str_slice(rest, end, rest.len);
		d->line++;
		if (d->seam.condition > 0 && d->skippable >= d->seam.condition) {
			d->document = NULL;
			d->skippable = d->seam.condition - 1;
		}
	}
	d->read = text->len;
}

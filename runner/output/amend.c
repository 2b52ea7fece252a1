#include "runner/output/amend.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/document/block.h"
#include "tangle/document/document.h"
#include "tangle/document/line.h"

const char *
carrier_word(enum carrier c)
{
	static const char *const words[CARRIERS] = { "comment", "braces", "lines", "front" };

	return words[c];
}

/* ---- how options are written --------------------------------------------------------- */

static bool
is_plain(struct str value, const char *also)
{
	struct str more = str_of(also);

	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    str_find_byte(more, c) == more.len)
			return false;
	}
	return value.len > 0;
}

static void
add_word(struct buf *to, struct wish w)
{
	buf_add(to, w.key);
	if (str_eq(w.value, STR("true")))
		return;
	buf_byte(to, '=');
	if (is_plain(w.value, "_./:+-") && !str_starts(w.value, STR("..."))) {
		buf_add(to, w.value);
		return;
	}
	buf_byte(to, '"');
	for (size_t i = 0; i < w.value.len; i++) {
		if (w.value.data[i] == '"' || w.value.data[i] == '\\')
			buf_byte(to, '\\');
		buf_byte(to, w.value.data[i]);
	}
	buf_byte(to, '"');
}

void
amend_words(struct buf *to, const struct wish *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(to, ' ');
		add_word(to, w[i]);
	}
}

/* "key: value" as YAML has it. */
static void
add_pair(struct buf *to, struct wish w)
{
	buf_add(to, w.key);
	buf_add(to, STR(": "));
	if (is_plain(w.value, "_./+- ") && str_find_byte(STR("-. "), w.value.data[0]) == 3 &&
	    !str_ends(w.value, STR(" "))) {
		buf_add(to, w.value);
		return;
	}
	buf_byte(to, '\'');
	for (size_t i = 0; i < w.value.len; i++) {
		if (w.value.data[i] == '\'')
			buf_byte(to, '\'');
		buf_byte(to, w.value.data[i]);
	}
	buf_byte(to, '\'');
}

/* None of the carriers goes on over a line's end. */
static bool
are_lines(const struct wish *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find_byte(w[i].value, '\n') < w[i].value.len ||
		    str_find_byte(w[i].value, '\r') < w[i].value.len)
			return false;
	return n > 0;
}

/* ---- places -------------------------------------------------------------------------- */

static size_t
offset_of(const struct document *d, struct str part)
{
	return (size_t)(part.data - d->source.text.data);
}

/* How the line ends in which that offset lies; or as most do. */
static struct str
newline_at(const struct document *d, size_t offset)
{
	struct str text = d->source.text, line;
	size_t n;

	line = str_slice(text, offset, offset + str_line_size(str_slice(text, offset, text.len)));
	n = line_ending(line);
	return n > 0 ? str_slice(line, line.len - n, line.len) : STR("\n");
}

/* What stands in front of a further line of the same container. */
static void
add_prefix(struct buf *to, const struct block *b)
{
	const struct document *d = b->document;
	struct str before = str_slice(d->source.text, b->part->start, offset_of(d, b->part->head));

	for (size_t i = 0; i < before.len; i++) {
		char c = before.data[i];

		buf_byte(to, c == '>' || c == '\t' ? c : ' ');	/* marks of list items are blanks below */
	}
}

static struct embed_edit
insert(size_t at, struct buf *text, struct arena *a)
{
	return (struct embed_edit){ at, at, buf_take(text, a) };
}

/* ---- comments ------------------------------------------------------------------------ */

/* More words for a comment of ours: behind those that it has. */
static struct embed_edit
extend_comment(const struct document *d, const struct part *p, const struct wish *w, size_t n,
    struct arena *a)
{
	struct str info = p->info;
	struct buf text = {0};

	while (info.len > 0 && str_is_blank(str_slice(info, info.len - 1, info.len)))
		info.len--;
	buf_byte(&text, ' ');
	amend_words(&text, w, n);
	return insert(offset_of(d, info) + info.len, &text, a);
}

static void
add_comment(struct buf *to, const struct wish *w, size_t n, struct str newline)
{
	buf_add(to, STR("<!-- skein: "));
	amend_words(to, w, n);
	buf_add(to, STR(" -->"));
	buf_add(to, newline);
}

static bool
is_label(const struct part *p)
{
	struct str rest = p->info;

	return p->kind == PART_COMMENT && p->closed && p->touches_next &&
	    !str_eq(str_word(&rest), STR("cell"));
}

static struct embed_edit
comment_above(const struct block *b, const struct wish *w, size_t n, struct arena *a)
{
	const struct document *d = b->document;
	size_t at = offset_of(d, b->part->head);
	struct buf text = {0};

	if (b->part > d->parts && is_label(b->part - 1))
		return extend_comment(d, b->part - 1, w, n, a);
	add_comment(&text, w, n, newline_at(d, at));
	add_prefix(&text, b);
	return insert(at, &text, a);
}

/* Would the comment end where it should? */
static bool
fits_comment(const struct wish *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(w[i].value, STR("-->")) < w[i].value.len ||
		    str_find(w[i].value, STR("--!>")) < w[i].value.len)
			return false;
	return true;
}

/* ---- info strings and bodies ------------------------------------------------------------ */

static bool
fits_info(const struct block *b, const struct wish *w, size_t n)
{
	if (b->part->info.len == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b->part->head.data[0] == '`' && str_find_byte(w[i].value, '`') < w[i].value.len)
			return false;
	return true;
}

/* Into the braces that are there, behind words without braces, or with new ones. */
static struct embed_edit
into_info(const struct block *b, const struct wish *w, size_t n, struct arena *a)
{
	struct str info = b->part->info;
	size_t at = offset_of(b->document, info) + info.len;
	bool has_words = str_find_byte(info, ' ') < info.len && str_find_byte(info, '{') == info.len;
	struct buf text = {0};

	if (str_ends(info, STR("}"))) {
		char before = info.len > 1 ? info.data[info.len - 2] : '{';

		if (before != '{' && before != ' ')
			buf_byte(&text, ' ');
		amend_words(&text, w, n);
		return insert(at - 1, &text, a);
	}
	buf_add(&text, has_words ? STR(" ") : STR(" {"));
	amend_words(&text, w, n);
	buf_add(&text, has_words ? STR("") : STR("}"));
	return insert(at, &text, a);
}

/* Below the fence and the option lines that are there. */
static struct embed_edit
into_body(const struct block *b, const struct wish *w, size_t n, struct arena *a)
{
	const struct document *d = b->document;
	size_t at = offset_of(d, b->part->head);
	struct str newline = newline_at(d, at);
	struct buf text = {0};

	for (size_t i = 0; i <= b->noptions; i++)
		at += str_line_size(str_slice(d->source.text, at, d->source.text.len));
	for (size_t i = 0; i < n; i++) {
		add_prefix(&text, b);
		buf_add(&text, STR("//| "));
		add_pair(&text, w[i]);
		buf_add(&text, newline);
	}
	return insert(at, &text, a);
}

bool
amend_block(struct embed_edit *e, const struct block *b, enum carrier c, const struct wish *w,
    size_t n, struct arena *a)
{
	if (!are_lines(w, n) || !b->part->closed)
		return false;
	switch (c) {
	case CARRIER_COMMENT:
		*e = comment_above(b, w, n, a);
		return fits_comment(w, n);
	case CARRIER_BRACES:
		*e = into_info(b, w, n, a);
		return fits_info(b, w, n);
	case CARRIER_LINES:
		*e = into_body(b, w, n, a);
		return block_is_c(b);
	case CARRIER_FRONT:
	case CARRIERS:
		break;
	}
	return false;
}

/* ---- the document ---------------------------------------------------------------------- */

/* Where its text begins: behind the front matter, or a byte order mark. */
static size_t
start_of(const struct document *d)
{
	return d->body == 0 && str_starts(d->source.text, STR("\xEF\xBB\xBF")) ? 3 : d->body;
}

static bool
says_something(const struct part *p, const struct document *d)
{
	for (size_t i = 0; i < d->options.n; i++) {
		const struct place *at = &d->options.list[i].at;

		if (at->source == &d->source && at->offset >= p->start && at->offset < p->end)
			return true;
	}
	return false;
}

/* The comment that holds the document's options; NULL: none. */
static const struct part *
comment_of(const struct document *d)
{
	for (size_t i = 0; i < d->nparts; i++) {
		const struct part *p = &d->parts[i];

		if (p->kind == PART_FENCE)
			return NULL;
		if (p->kind == PART_COMMENT && p->closed &&
		    (says_something(p, d) || (!p->touches_next && str_is_blank(p->info))))
			return p;
	}
	return NULL;
}

/* A line to part it from what follows, if none does. */
static void
add_gap(struct buf *to, const struct document *d, size_t at, struct str newline)
{
	struct str rest = str_slice(d->source.text, at, d->source.text.len);

	if (!str_is_blank(str_slice(rest, 0, str_line_size(rest))))
		buf_add(to, newline);
}

static struct embed_edit
comment_on_top(const struct document *d, const struct wish *w, size_t n, struct arena *a)
{
	const struct part *p = comment_of(d);
	size_t at = start_of(d);
	struct buf text = {0};

	if (p)
		return extend_comment(d, p, w, n, a);
	add_comment(&text, w, n, newline_at(d, at));
	add_gap(&text, d, at, newline_at(d, at));
	return insert(at, &text, a);
}

static void
add_pairs(struct buf *to, const struct wish *w, size_t n, struct str indent, struct str newline)
{
	for (size_t i = 0; i < n; i++) {
		buf_add(to, indent);
		add_pair(to, w[i]);
		buf_add(to, newline);
	}
}

/* The blanks at the front of a line. */
static struct str
indent_of(struct str line)
{
	size_t n = 0;

	while (n < line.len && line.data[n] == ' ')
		n++;
	return str_slice(line, 0, n);
}

/* Below the line `skein:`, or with such a line at the end.  False: it is written in another way. */
static bool
into_front(struct embed_edit *e, const struct document *d, const struct wish *w, size_t n,
    struct arena *a)
{
	const struct source *s = &d->source;
	size_t last = source_position(s, d->body - 1).line;
	struct str newline = newline_at(d, 0), indent;
	struct buf text = {0};

	for (size_t i = 2; i < last; i++) {
		struct str line = source_line(s, i);

		if (!str_starts(line, STR("skein:")))
			continue;
		indent = indent_of(source_line(s, i + 1));
		if (indent.len == 0 || !str_is_blank(str_slice(line, 6, line.len)))
			return false;
		add_pairs(&text, w, n, indent, newline);
		*e = insert(source_start(s, i + 1), &text, a);
		return true;
	}
	buf_add(&text, STR("skein:"));
	buf_add(&text, newline);
	add_pairs(&text, w, n, STR("  "), newline);
	*e = insert(source_start(s, last), &text, a);
	return true;
}

static struct embed_edit
new_front(const struct document *d, const struct wish *w, size_t n, struct arena *a)
{
	struct str newline = newline_at(d, 0);
	size_t at = start_of(d);
	struct buf text = {0};

	buf_add(&text, STR("---"));
	buf_add(&text, newline);
	buf_add(&text, STR("skein:"));
	buf_add(&text, newline);
	add_pairs(&text, w, n, STR("  "), newline);
	buf_add(&text, STR("---"));
	buf_add(&text, newline);
	add_gap(&text, d, at, newline);
	return insert(at, &text, a);
}

bool
amend_document(struct embed_edit *e, const struct document *d, enum carrier c,
    const struct wish *w, size_t n, struct arena *a)
{
	if (!are_lines(w, n))
		return false;
	if (c == CARRIER_FRONT && d->body > 0)
		return into_front(e, d, w, n, a);
	*e = c == CARRIER_FRONT ? new_front(d, w, n, a) : comment_on_top(d, w, n, a);
	return c == CARRIER_FRONT || fits_comment(w, n);
}

/* ---- outputs, and the text ---------------------------------------------------------------- */

void
amend_output(struct embed_edit *e, const struct block *b)
{
	const struct part *p = b->part;
	size_t at = offset_of(b->document, p->head) + line_fence_run(p->head);

	*e = (struct embed_edit){ at, offset_of(b->document, p->head) + p->head.len, STR("output") };
}

void
amend_apply(struct buf *to, struct str text, const struct embed_edit *e, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		buf_add(to, str_slice(text, at, e[i].at));
		buf_add(to, e[i].text);
		at = e[i].end;
	}
	buf_add(to, str_slice(text, at, text.len));
}

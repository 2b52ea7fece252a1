#include "runner/output/gallery.h"

#include <stdio.h>
#include <string.h>

#include "runner/output/balance.h"
#include "runner/output/output.h"
#include "runner/output/plot.h"
#include "runner/output/printed.h"
#include "runner/output/screen.h"
#include "runner/output/table.h"
#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/document/document.h"

enum {
	NAME_DIGITS = 16,	/* of a picture's SHA-256 */
	ALT = 200,		/* bytes of words for a picture */
	HEAD = 4096,		/* bytes in which an SVG has to begin */
	TAB_STOP = 4
};

#define TOO_LONG	"it is longer than output-limit lets it be"
#define BEGIN	"<!-- skein:begin -->\n"
#define END	"<!-- skein:end -->\n"
#define PROBE	"\n```c\nprobe\n```\n"

/* ---- can it stand there? -------------------------------------------------------------- */

/* With its end, and a fence behind that: are these two what the document has? */
static bool
stands_alone(struct str text, size_t end)
{
	FILE *nowhere = fopen("/dev/null", "we");
	struct document d;
	struct diag silent;
	bool ok;

	if (!nowhere)
		return false;
	diag_init(&silent, nowhere, DIAG_COLOR_NEVER);
	document_init(&d);
	ok = document_parse(&d, STR("shown.md"), text, &silent) && d.nparts == 2 &&
	    d.parts[0].kind == PART_SHOWN && d.parts[0].closed && d.parts[0].start == 0 &&
	    d.parts[0].end == end && d.parts[1].kind == PART_FENCE && d.parts[1].closed &&
	    d.parts[1].start == end + 1 && d.parts[1].end == text.len;
	document_release(&d);
	diag_release(&silent);
	fclose(nowhere);
	return ok;
}

/* In a container they could be taken for ours, whatever they are elsewhere. */
static bool
has_marks(struct str body)
{
	for (size_t at; (at = str_find(body, STR("skein:"))) < body.len;) {
		body = str_slice(body, at + 6, body.len);
		if (str_starts(str_trim(body), STR("begin")) || str_starts(str_trim(body), STR("end")))
			return true;
	}
	return false;
}

/* With so many blanks in front of each line, as where the cell's fence is indented in its container. */
static bool
is_safe_at(struct str body, size_t indent)
{
	struct buf text = {0};
	struct str rest = body, line;
	size_t end;
	bool ok;

	buf_add(&text, STR(BEGIN));
	while (output_line(&rest, &line)) {
		buf_fill(&text, ' ', str_is_blank(line) ? 0 : indent);
		buf_add(&text, line);
		buf_byte(&text, '\n');
	}
	if (output_ends_in_html(body))
		buf_byte(&text, '\n');
	buf_add(&text, STR(END));
	end = text.len;
	buf_add(&text, STR(PROBE));
	ok = stands_alone(buf_str(&text), end);
	buf_release(&text);
	return ok;
}

bool
gallery_is_safe(struct str body)
{
	if (has_marks(body) || str_utf8_error(body) < body.len || str_find_byte(body, '\0') < body.len)
		return false;
	for (size_t indent = 0; indent < TAB_STOP; indent++)
		if (!is_safe_at(body, indent))
			return false;
	return true;
}

/* ---- texts ---------------------------------------------------------------------------- */

/*
 * A text as a document can hold it.  A tab in front of a line would be of another width
 * in a list.
 */
static struct str
plain_text(struct str bytes, struct arena *a)
{
	struct buf seen = {0}, text = {0};
	struct str rest, line;
	size_t end = 0;

	screen_text(&seen, bytes);
	rest = buf_str(&seen);
	while (output_line(&rest, &line)) {
		size_t at = 0, column = 0;

		if (str_is_blank(line) && text.len == 0)
			continue;
		for (; at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'); at++)
			column += line.data[at] == '\t' ? TAB_STOP - column % TAB_STOP : 1;
		if (at < line.len) {
			buf_fill(&text, ' ', column);
			buf_add(&text, str_slice(line, at, line.len));
		}
		buf_byte(&text, '\n');
		if (at < line.len)
			end = text.len;
	}
	text.len = end;
	buf_release(&seen);
	return buf_take(&text, a);
}

/* As a fence without a word, as much of it as a document shows. */
static void
add_fenced(struct buf *to, struct str text)
{
	const struct printed p = { .text = text, .gap = text.len, .is_steady = true };
	struct buf bounded = {0}, safe = {0};
	size_t length;
	char mark;

	printed_bounded(&bounded, &p, OUTPUT_LINES, OUTPUT_BYTES);
	output_fenceable(&safe, buf_str(&bounded));
	mark = fence_run(buf_str(&safe), '`', true) < FENCE_LONGEST ? '`' : '~';
	length = fence_run(buf_str(&safe), mark, false) + 1;
	length = length < 3 ? 3 : length > FENCE_LONGEST ? FENCE_LONGEST : length;
	buf_fill(to, mark, length);
	buf_byte(to, '\n');
	buf_add(to, buf_str(&safe));
	buf_fill(to, mark, length);
	buf_byte(to, '\n');
	buf_release(&bounded);
	buf_release(&safe);
}

/* ---- pictures --------------------------------------------------------------------------- */

/* Take off blanks, and what stands between `from` and `to` in front, as often as it does. */
static struct str
skip(struct str s, struct str from, struct str to)
{
	while (s.len > 0 && (str_is_blank(str_slice(s, 0, 1)) || str_starts(s, from))) {
		size_t end = str_is_blank(str_slice(s, 0, 1)) ? 0 : str_find(s, to) + to.len - 1;

		s = str_slice(s, end + 1, s.len);
	}
	return s;
}

static bool
is_svg(struct str bytes)
{
	struct str s = str_slice(bytes, 0, HEAD), before;

	if (str_starts(s, STR("\xEF\xBB\xBF")))
		s = str_slice(s, 3, s.len);
	do {
		before = s;
		s = skip(s, STR("<?"), STR("?>"));
		s = skip(s, STR("<!--"), STR("-->"));
		s = skip(s, STR("<!DOCTYPE"), STR(">"));
	} while (s.len < before.len);
	return str_starts(s, STR("<svg")) && s.len > 4 &&
	    (str_is_blank(str_slice(s, 4, 5)) || s.data[4] == '>' || s.data[4] == '/');
}

/* By what it begins with; NULL: nothing that pages show. */
static const char *
type_of(struct str bytes, const char **ending)
{
	static const struct {
		struct str mark;
		const char *type, *ending;
	} known[] = {
		{ { "\x89PNG\r\n\x1a\n", 8 }, "image/png", "png" },
		{ { "\xFF\xD8\xFF", 3 }, "image/jpeg", "jpg" },
		{ { "GIF87a", 6 }, "image/gif", "gif" },
		{ { "GIF89a", 6 }, "image/gif", "gif" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (str_starts(bytes, known[i].mark)) {
			*ending = known[i].ending;
			return known[i].type;
		}
	}
	if (str_starts(bytes, STR("RIFF")) && str_starts(str_slice(bytes, 8, bytes.len), STR("WEBP"))) {
		*ending = "webp";
		return "image/webp";
	}
	*ending = "svg";
	return is_svg(bytes) ? "image/svg+xml" : NULL;
}

/* What a link can hold, whatever the folder is called. */
static void
add_path(struct buf *to, struct str path)
{
	static const char plain[] = "-._~/";

	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr(plain, c)))
			buf_byte(to, (char)c);
		else
			buf_printf(to, "%%%02X", c);
	}
}

/* The first line of its text form, as the words of a link. */
static void
add_words(struct buf *to, struct str text)
{
	struct str line = STR("");
	size_t n;

	(void)output_line(&text, &line);
	line = str_trim(line);
	n = line.len < ALT ? line.len : ALT;
	while (n > 0 && n < line.len && (line.data[n] & 0xC0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		char c = line.data[i];

		if (strchr("\\`*_[]<>&~|$!", c))
			buf_byte(to, '\\');
		buf_byte(to, c == '\t' ? ' ' : c);
	}
	if (n == 0)
		buf_add(to, STR("picture"));
}

static bool
take_picture(struct gallery_item *one, struct str bytes, const struct gallery_options *how,
    struct buf *to, struct arena *a)
{
	const char *ending;
	char hex[HASH_HEX + 1];

	one->type = type_of(bytes, &ending);
	if (!one->type)
		return false;
	digest_hex(hash_of(bytes), hex);
	one->file = arena_printf(a, "%.*s.%s", NAME_DIGITS, hex, ending);
	one->bytes = bytes;
	buf_add(to, STR("!["));
	add_words(to, one->text);
	buf_add(to, STR("]("));
	add_path(to, how->folder);
	buf_printf(to, "/%.*s)\n", STR_ARG(one->file));
	return true;
}

static bool
take_plot(struct gallery_item *one, struct str description, const struct gallery_options *how,
    struct buf *to, struct arena *a)
{
	struct buf svg = {0};
	bool ok = plot_svg(&svg, description);

	ok = ok && take_picture(one, arena_str(a, buf_str(&svg)), how, to, a);
	buf_release(&svg);
	return ok;
}

bool
gallery_next_link(struct str *rest, struct str folder, struct str *name, struct arena *a)
{
	struct buf path = {0};
	struct str start;
	size_t at;

	buf_add(&path, STR("]("));
	add_path(&path, folder);
	buf_byte(&path, '/');
	start = buf_take(&path, a);
	while ((at = str_find(*rest, start)) < rest->len) {
		struct str found = str_slice(*rest, at + start.len, rest->len);

		*name = str_slice(found, 0, str_find_byte(found, ')'));
		*rest = str_slice(found, name->len, found.len);
		if (name->len > NAME_DIGITS + 1 && name->data[NAME_DIGITS] == '.' &&
		    strspn(arena_cstr(a, *name), "0123456789abcdef") == NAME_DIGITS &&
		    str_find_byte(*name, '/') == name->len)
			return true;
	}
	return false;
}

bool
gallery_is_named(struct str name, const char *hex)
{
	return str_starts(name, (struct str){ hex, NAME_DIGITS });
}

/* ---- what is shown ------------------------------------------------------------------------ */

static const char *
kind_word(int kind)
{
	static const char *const words[] = {
		[DISPLAY_MARKDOWN] = "markdown", [DISPLAY_HTML] = "html", [DISPLAY_SVG] = "svg",
		[DISPLAY_IMAGE] = "image", [DISPLAY_TABLE] = "table", [DISPLAY_PLOT] = "plot"
	};

	return kind >= DISPLAY_MARKDOWN && kind <= DISPLAY_PLOT ? words[kind] : "unknown";
}

/* Markdown or HTML of somebody's own; false: it would do something to what follows. */
static bool
take_text(struct gallery_item *one, struct str text, bool is_html, size_t most, struct buf *to)
{
	if (text.len > most)
		one->why = TOO_LONG;
	else if (!gallery_is_safe(text) || (is_html && !balance_of(text)))
		one->why = "it would go on into what follows it: a fence, comment or element in it has no end, or it has comments of skein's own";
	else
		buf_add(to, text);
	return !one->why;
}

static bool
take_table(struct gallery_item *one, struct str data, size_t most, struct buf *to)
{
	size_t before = to->len;

	if (!table_markdown(to, data))
		one->why = "it is no table";
	else if (to->len - before > most)
		one->why = TOO_LONG;
	if (one->why)
		to->len = before;
	return !one->why;
}

static void
take(struct gallery_item *one, const struct display *d, const struct gallery_options *how,
    struct buf *to, struct arena *a)
{
	size_t most = how->bytes > GALLERY_BYTES ? how->bytes : GALLERY_BYTES;
	struct str text = plain_text(d->text, a), own;
	bool ok = false;

	*one = (struct gallery_item){ .kind = kind_word(d->kind), .text = text };
	if (d->kind == DISPLAY_IMAGE && d->data.len == 0) {
		one->type = "text/plain";	/* of image=: it is an error already */
		return;
	}
	if (d->kind == DISPLAY_MARKDOWN || d->kind == DISPLAY_HTML) {
		one->type = d->kind == DISPLAY_HTML ? "text/html" : "text/markdown";
		own = plain_text(d->data, a);
		if (!take_text(one, own, d->kind == DISPLAY_HTML, most, to))
			add_fenced(to, own);
		return;
	}
	if (d->kind == DISPLAY_TABLE) {
		one->type = "text/markdown";
		ok = take_table(one, d->data, most, to);
	} else if (d->kind == DISPLAY_PLOT) {
		ok = take_plot(one, d->data, how, to, a);
		one->why = ok ? NULL : "it is no plot";
	} else {
		ok = take_picture(one, d->data, how, to, a);
		one->why = ok ? NULL : "it is no picture: PNG, JPEG, GIF, WebP or SVG";
	}
	if (!one->type)
		one->type = "text/plain";
	if (!ok && text.len > 0)
		add_fenced(to, text);
}

/* Two of them are blocks of their own; between them a comment does what a blank line does. */
static void
add_gap(struct buf *to, bool tight)
{
	if (to->len == 0)
		return;
	buf_add(to, tight && !output_ends_in_html(buf_str(to)) ? STR("<!-- -->\n") : STR("\n"));
}

void
gallery_make(struct gallery *g, const struct outcome *o, const struct gallery_options *how,
    struct arena *a)
{
	struct buf body = {0}, one = {0};

	*g = (struct gallery){ .items = arena_alloc(a, o->ndisplays, sizeof *g->items), .n = o->ndisplays };
	for (size_t i = 0; i < o->ndisplays; i++) {
		buf_clear(&one);
		take(&g->items[i], &o->displays[i], how, &one, a);
		if (one.len == 0)
			continue;
		add_gap(&body, how->tight);
		buf_add(&body, buf_str(&one));
	}
	if (o->displays_left_out > 0) {
		add_gap(&body, how->tight);
		buf_printf(&body, "(%llu more that the cell has shown are left out.)\n",
		    (unsigned long long)o->displays_left_out);
	}
	if (!gallery_is_safe(buf_str(&body))) {	/* each alone was */
		buf_clear(&one);
		add_fenced(&one, buf_str(&body));
		buf_clear(&body);
		buf_add(&body, buf_str(&one));
	}
	buf_release(&one);
	g->body = buf_take(&body, a);
}

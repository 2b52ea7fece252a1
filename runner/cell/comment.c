#include "runner/cell/comment.h"

#include <string.h>

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

struct blanking {
	struct buf out;
	const char *directive;		/* up to here reaches the last # line */
	size_t quoted;			/* the last line with a quote that nothing closes */
};

/* ---- which may go ---------------------------------------------------------------- */

/* Characters of which gcc warns in comments, too: they show text in another order. */
static bool
has_direction(struct str s)
{
	for (size_t k = 0; k + 2 < s.len; k++) {
		unsigned char second = (unsigned char)s.data[k + 1], third = (unsigned char)s.data[k + 2];

		if ((unsigned char)s.data[k] == 0xE2 && ((second == 0x80 && third >= 0x8E) ||
		    (second == 0x81 && third >= 0xA6)))
			return true;
	}
	return false;
}

static bool
has_word(struct str s, struct str word)
{
	for (size_t k = 0; k + word.len <= s.len; k++)
		if (str_eq_nocase(str_slice(s, k, k + word.len), word))
			return true;
	return false;
}

static bool
is_minded(struct str comment)
{
	struct str inner = str_slice(comment, 2, comment.len);

	return has_word(inner, STR("fall")) || str_find(inner, STR("/*")) < inner.len ||
	    str_find(inner, STR("?" "?/")) < inner.len || str_utf8_error(comment) < comment.len ||
	    has_direction(comment);
}

static bool
may_go(const struct blanking *b, struct str comment, size_t line)
{
	bool has_line = str_find_byte(comment, '\n') < comment.len;

	if (line == b->quoted || is_minded(comment))
		return false;
	/* spliced, or in the middle of a # line */
	return !has_line || (comment.data[1] == '*' && comment.data >= b->directive);
}

/* ---- between tokens ----------------------------------------------------------------- */

static bool
is_comment(const char *p, const char *end)
{
	return end - p >= 2 && *p == '/' && (p[1] == '/' || p[1] == '*');
}

/* The comment at p; one that the gap does not end stays open to its end. */
static struct str
comment_at(const char *p, const char *end)
{
	struct str rest = { p, (size_t)(end - p) };
	size_t n;

	if (p[1] == '*') {
		n = str_find(str_slice(rest, 2, rest.len), STR("*/")) + 4;
		return str_slice(rest, 0, n);
	}
	for (n = 2; n < rest.len && p[n] != '\n'; n++) {
		size_t k = n + 1;

		if (p[n] != '\\')
			continue;
		while (k < rest.len && (p[k] == ' ' || p[k] == '\t' || p[k] == '\r'))
			k++;
		if (k < rest.len && p[k] == '\n')
			n = k;
	}
	return str_slice(rest, 0, n);
}

/* Blanks at the end of a line, as far back as `from`, but behind a backslash. */
static void
trim(struct buf *out, size_t from)
{
	size_t n = out->len;

	while (n > from && (out->data[n - 1] == ' ' || out->data[n - 1] == '\t'))
		n--;
	if (n == 0 || out->data[n - 1] != '\\')
		out->len = n;
}

static void
add_blanked(struct buf *out, struct str comment, size_t from)
{
	for (size_t k = 0; k < comment.len; k++) {
		if (comment.data[k] == '\n')
			trim(out, from);
		buf_byte(out, comment.data[k] == '\n' ? '\n' : ' ');
	}
}

static void
add_gap(struct blanking *b, const char *p, const char *end, size_t line)
{
	size_t from = b->out.len;

	while (p < end) {
		struct str comment = { p, 1 };

		if (is_comment(p, end)) {
			comment = comment_at(p, end);
			if (may_go(b, comment, line)) {
				add_blanked(&b->out, comment, from);
			} else {
				buf_add(&b->out, comment);
				from = b->out.len;
			}
		} else {
			if (*p == '\n')
				trim(&b->out, from);
			buf_byte(&b->out, *p);
		}
		for (size_t k = 0; k < comment.len; k++)
			line += comment.data[k] == '\n';
		p += comment.len;
	}
}

/* ---- the text -------------------------------------------------------------------------- */

/* A # line whose words are no tokens: a header's name, a message. */
static bool
is_verbatim(struct lexer x)
{
	static const char *const tokens[] = {
		"define", "undef", "if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif"
	};
	size_t line = x.line;
	struct token t;

	if (!lexer_next(&x, &t) || t.line != line)
		return true;
	for (size_t k = 0; k < sizeof tokens / sizeof tokens[0]; k++)
		if (str_eq(t.text, str_of(tokens[k])))
			return false;
	return true;
}

static void
take_directive(struct blanking *b, struct lexer *x, struct token *t)
{
	struct lexer line = *x;

	lexer_skip_line(&line);
	b->directive = line.at;
	if (!is_verbatim(*x))
		return;
	t->text.len = (size_t)(line.at - t->text.data);
	*x = line;
}

/* Lines at the end that hold nothing, but behind a backslash; no line ends in blanks. */
static struct str
trim_end(struct str text)
{
	size_t n = text.len;
	bool ended = str_ends(text, STR("\n"));

	while (n > 0 && strchr(" \t\n", text.data[n - 1]))
		n--;
	return n > 0 && text.data[n - 1] == '\\' ? text : str_slice(text, 0, n + ended);
}

/* Nothing to blank, and no line that ends in blanks: mostly so. */
static bool
is_plain(struct str text)
{
	for (const char *p = text.data, *end = p + text.len; p < end; p++)
		if (*p == '/' || (*p == '\n' && p > text.data && (p[-1] == ' ' || p[-1] == '\t')))
			return false;
	return true;
}

struct str
comment_blank(struct str text, struct arena *a)
{
	struct blanking b = { .directive = text.data };
	const char *last = text.data;
	size_t line = 1;
	struct lexer x;
	struct token t;

	if (is_plain(text))
		return trim_end(text);
	lexer_init(&x, text);
	while (lexer_next(&x, &t)) {
		add_gap(&b, last, t.text.data, line);
		if (t.is_first && token_is(&t, '#'))
			take_directive(&b, &x, &t);
		else if (token_is(&t, '\'') || token_is(&t, '"'))
			b.quoted = t.line;
		buf_add(&b.out, t.text);
		last = t.text.data + t.text.len;
		line = x.line;
	}
	if (text.data)
		add_gap(&b, last, text.data + text.len, line);
	return trim_end(buf_take(&b.out, a));
}

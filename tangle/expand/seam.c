#include "tangle/expand/seam.h"

#include <string.h>

#include "tangle/expand/cursor.h"
#include "tangle/expand/perl.h"
#include "tangle/expand/rawtext.h"
#include "tangle/project/language.h"

static bool
has(const struct seam *s, unsigned trait)
{
	return s->language->traits & trait;
}

/* Where the backslash stands that joins a line with the next; its length if none does. */
static size_t
splice(const struct seam *s, struct str line)
{
	size_t end = line.len;

	if (!has(s, LANGUAGE_CONTINUES) || s->state == SEAM_RAW)
		return line.len;
	while (end > 0 && cursor_is_blank(line.data[end - 1]))
		end--;
	if (str_ends(str_slice(line, 0, end), STR("\\")))
		return end - 1;
	if (str_ends(str_slice(line, 0, end), STR("?" "?/")))
		return end - 3;
	return line.len;
}

/*
 * Comments
 */

static void
open_comment(struct cursor *x, const char *open, const char *close)
{
	x->s->state = SEAM_COMMENT;
	x->s->opens = open;
	x->s->closes = close;
	x->s->depth = 1;
	x->at += strlen(open);
}

/* The comments of OCaml and F# hold whole strings: (* "*)" *) is one. */
static bool
skip_inner_string(struct cursor *x)
{
	size_t n = 1;

	if (cursor_peek(x, 0) == '\'' && cursor_peek(x, 1) == '"' && cursor_peek(x, 2) == '\'') {
		x->at += 3;
		return true;
	}
	if (cursor_peek(x, 0) != '"')
		return false;
	while (x->at + n < x->text.len && cursor_peek(x, n) != '"')
		n += cursor_peek(x, n) == '\\' ? 2 : 1;
	if (cursor_peek(x, n) != '"')
		return false;
	x->at += n + 1;
	return true;
}

static void
read_comment(struct cursor *x)
{
	struct seam *s = x->s;
	bool nests = has(s, LANGUAGE_NESTS) || s->opens[1] == '+';

	while (x->at < x->text.len) {
		if (s->opens[0] == '(' && skip_inner_string(x))
			continue;
		if (cursor_sees(x, s->closes)) {
			x->at += strlen(s->closes);
			if (--s->depth == 0) {
				s->state = SEAM_OPEN;
				return;
			}
		} else if (nests && cursor_sees(x, s->opens)) {
			x->at += strlen(s->opens);
			s->depth++;
		} else {
			x->at++;
		}
	}
}

/* In Haskell "-->" is an operator. */
static bool
is_line_comment(const struct cursor *x)
{
	size_t n = 2;

	if (!cursor_sees(x, x->s->language->comment))
		return false;
	if (has(x->s, LANGUAGE_PERL))
		return cursor_before(x) != '$';		/* $#list */
	if (!has(x->s, LANGUAGE_QUASI))
		return true;
	while (cursor_peek(x, n) == '-')
		n++;
	return cursor_peek(x, n) == '\0' || !strchr("!#$%&*+./<=>?@\\^|~:", cursor_peek(x, n));
}

/*
 * Strings
 */

static void
read_nested(struct cursor *x)
{
	struct seam *s = x->s;

	for (; x->at < x->text.len && s->depth > 0; x->at++) {
		char c = x->text.data[x->at];

		if (c == '\\' && has(s, LANGUAGE_PERL))
			x->at++;
		else if (c == s->close)
			s->depth--;
		else if (c == s->open)
			s->depth++;
	}
	if (x->at > x->text.len)
		x->at = x->text.len;
	if (s->depth == 0)
		s->state = SEAM_OPEN;
}

static bool
runs_on(const struct seam *s)
{
	return s->quote == '"' ? has(s, LANGUAGE_LONG)
	    : s->quote == '`' ? has(s, LANGUAGE_LONG_BACK)
	    : s->quote == '\'' ? has(s, LANGUAGE_LONG_SINGLE) : has(s, LANGUAGE_PERL);
}

/* "...\   \...": blanks and newlines between two backslashes. */
static void
read_gap(struct cursor *x)
{
	while (cursor_is_blank(cursor_peek(x, 0)))
		x->at++;
	x->s->gap = x->at >= x->text.len;
	if (cursor_peek(x, 0) == '\\')
		x->at++;
}

static void
read_string(struct cursor *x)
{
	struct seam *s = x->s;

	if (s->gap)
		read_gap(x);
	while (x->at < x->text.len) {
		char c = x->text.data[x->at];

		if (c == s->quote) {
			x->at++;
			s->state = SEAM_OPEN;
			return;
		}
		if (c == '\\' && has(s, LANGUAGE_GAPS) && cursor_is_blank(cursor_peek(x, 1))) {
			x->at++;
			read_gap(x);
		} else if (c == '\\' && (s->quote != '`' || has(s, LANGUAGE_RAW_R))) {
			x->at += 2;
		} else {
			x->at++;
		}
	}
	if (x->at > x->text.len)
		x->at = x->text.len;
	if (!runs_on(s) && !s->gap)
		s->state = SEAM_OPEN;
}

static void
read_verbatim(struct cursor *x)
{
	while (x->at < x->text.len) {
		if (x->text.data[x->at++] != '"')
			continue;
		if (cursor_peek(x, 0) != '"') {
			x->s->state = SEAM_OPEN;
			return;
		}
		x->at++;
	}
}

static void
open_string(struct cursor *x)
{
	x->s->quote = x->text.data[x->at++];
	x->s->state = SEAM_STRING;
	x->s->gap = false;
}

/* A quote of any kind; false if it is none here. */
static bool
open_double(struct cursor *x)
{
	struct seam *s = x->s;

	if (has(s, LANGUAGE_RAW_C) && rawtext_open_c(x))
		return true;
	if (has(s, LANGUAGE_RAW_R) && rawtext_open_r(x))
		return true;
	if (has(s, LANGUAGE_RAW_D) && rawtext_open_d(x))
		return true;
	if (has(s, LANGUAGE_VERBATIM) && (cursor_before(x) == '@' || (cursor_before(x) == '$' && x->at > 1 &&
	    x->text.data[x->at - 2] == '@'))) {
		s->state = SEAM_VERBATIM;
		x->at++;
		return true;
	}
	if (has(s, LANGUAGE_TRIPLE) && rawtext_open_triple(x))
		return true;
	open_string(x);
	return true;
}

/* 1'000'000; no number is longer than a look back */
static bool
parts_digits(const struct cursor *x)
{
	size_t at = x->at, least = at > CURSOR_LOOK ? at - CURSOR_LOOK : 0;

	while (at > least && (cursor_is_word(x->text.data[at - 1]) || x->text.data[at - 1] == '\'' ||
	    x->text.data[at - 1] == '.'))
		at--;
	return at < x->at && x->text.data[at] >= '0' && x->text.data[at] <= '9';
}

/* 'x' where names may hold a quote: x', 'a and '\n' are three things. */
static void
read_prime(struct cursor *x)
{
	size_t n = str_utf8(str_slice(cursor_rest(x), 1, cursor_rest(x).len));

	if (cursor_is_word(cursor_before(x)) || cursor_before(x) == '\'')
		x->at++;
	else if (cursor_peek(x, 1) == '\\')
		open_string(x);
	else if (cursor_peek(x, 1 + n) == '\'')
		x->at += n + 2;
	else
		x->at++;
}

static void
read_single(struct cursor *x)
{
	if (has(x->s, LANGUAGE_PRIMES))
		read_prime(x);
	else if (has(x->s, LANGUAGE_CHARS) && parts_digits(x))
		x->at++;
	else if (has(x->s, LANGUAGE_RAW_R) && rawtext_open_r(x))
		return;
	else if (has(x->s, LANGUAGE_CHARS | LANGUAGE_LONG_SINGLE))
		open_string(x);
	else
		x->at++;
}

/*
 * Conditions and macros
 */

static bool
is_directive(const struct cursor *x, struct str *word)
{
	char mark = has(x->s, LANGUAGE_CONDITIONS) ? '#' : has(x->s, LANGUAGE_BACK_CONDITIONS) ? '`' : '\0';
	struct str line = x->text;
	size_t at = 0, from;

	while (at < line.len && cursor_is_blank(line.data[at]))
		at++;
	if (mark == '\0' || at == line.len || line.data[at] != mark)
		return false;
	at++;
	while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
		at++;
	from = at;
	while (at < line.len && cursor_is_word(line.data[at]))
		at++;
	*word = str_slice(line, from, at);
	return true;
}

static void
follow_condition(struct seam *s, struct str word)
{
	if (str_eq(word, STR("if")) || str_eq(word, STR("ifdef")) || str_eq(word, STR("ifndef"))) {
		s->conditions++;
	} else if (str_eq(word, STR("endif"))) {
		s->condition = s->conditions;
		s->conditions -= s->conditions > 0;
	} else if (str_starts(word, STR("el"))) {	/* else, elif, elsif, elifdef */
		s->condition = s->conditions;
	}
}

static bool
is_macro(struct str word)
{
	bool letter = false;

	if (str_eq(word, STR("assert")))
		return true;
	for (size_t k = 0; k < word.len; k++) {
		if (word.data[k] >= 'a' && word.data[k] <= 'z')
			return false;
		letter = letter || (word.data[k] >= 'A' && word.data[k] <= 'Z');
	}
	return letter && word.len > 1;
}

static void
follow_parenthesis(struct cursor *x, char c)
{
	struct seam *s = x->s;
	struct cursor name = *x;

	if (c == '(') {
		while (name.at > 0 && cursor_is_blank(name.text.data[name.at - 1]))
			name.at--;
		s->parentheses++;
		if (s->macro == 0 && is_macro(cursor_word(&name)))
			s->macro = s->parentheses;
	} else if (s->parentheses > 0) {
		if (s->macro == s->parentheses)
			s->macro = 0;
		s->parentheses--;
	}
}

/*
 * Lines
 */

static void
read_open(struct cursor *x, bool is_code)
{
	struct seam *s = x->s;
	const struct language *l = s->language;

	while (x->at < x->text.len && s->state == SEAM_OPEN) {
		char c = x->text.data[x->at];

		if (cursor_is_word(c) || c == ' ' || c == '\t') {
			x->at++;
		} else if (is_line_comment(x)) {
			x->at = x->text.len;
		} else if (cursor_sees(x, l->open)) {
			open_comment(x, l->open, l->close);
		} else if (has(s, LANGUAGE_RAW_D) && cursor_sees(x, "/+")) {
			open_comment(x, "/+", "+/");
		} else if (has(s, LANGUAGE_PERL) && perl_open(x)) {
			continue;
		} else if (c == '"') {
			open_double(x);
		} else if (c == '\'') {
			read_single(x);
		} else if (c == '`' && has(s, LANGUAGE_LONG_BACK)) {
			open_string(x);
		} else if (c == '{' && ((has(s, LANGUAGE_BRACED) && rawtext_open_braced(x)) ||
		    (has(s, LANGUAGE_RAW_D) && rawtext_open_d(x)))) {
			continue;
		} else if (c == '[' && has(s, LANGUAGE_QUASI) && rawtext_open_quasi(x)) {
			continue;
		} else {
			if (is_code && (c == '(' || c == ')') && has(s, LANGUAGE_MACROS))
				follow_parenthesis(x, c);
			x->at++;
		}
	}
}

static void
step(struct cursor *x, bool is_code)
{
	switch (x->s->state) {
	case SEAM_OPEN:
		read_open(x, is_code);
		break;
	case SEAM_COMMENT:
		read_comment(x);
		break;
	case SEAM_STRING:
		read_string(x);
		break;
	case SEAM_VERBATIM:
		read_verbatim(x);
		break;
	case SEAM_RAW:
		rawtext_read(x);
		break;
	case SEAM_NESTED:
		read_nested(x);
		break;
	case SEAM_DOCUMENT:
		perl_read_document(x);
		break;
	case SEAM_LOST:
		x->at = x->text.len;
		break;
	}
}

static void
read_line(struct seam *s, struct str line)
{
	struct cursor x = { .s = s, .text = line };
	struct str word;
	bool is_code = true;

	s->condition = 0;
	if (s->state == SEAM_OPEN) {
		if (line.len > 0 && (line.data[0] == '}' || line.data[0] == '{'))
			s->parentheses = s->macro = 0;
		if (is_directive(&x, &word)) {
			is_code = false;
			follow_condition(s, word);
		}
		if (has(s, LANGUAGE_PERL))
			perl_begin_line(&x);
	}
	while (x.at < line.len)
		step(&x, is_code);
	if (s->state == SEAM_STRING && !runs_on(s) && !s->gap)
		s->state = SEAM_OPEN;		/* its quote was the line's last */
	if (has(s, LANGUAGE_PERL))
		perl_end_line(s);
}

void
seam_read(struct seam *s, struct str line)
{
	size_t end = splice(s, line);
	bool was_raw = s->state == SEAM_RAW;

	if (end < line.len) {
		buf_add(&s->joined, str_slice(line, 0, end));
		s->is_joined = true;
		return;
	}
	if (s->is_joined) {
		buf_add(&s->joined, line);
		line = buf_str(&s->joined);
		s->is_joined = false;
	}
	read_line(s, line);
	if (was_raw && splice(s, line) < line.len)	/* that ends on a line which goes on */
		s->is_joined = true;
	buf_clear(&s->joined);
}

bool
seam_parts(const struct seam *s)
{
	return s->state == SEAM_OPEN && s->macro == 0 && !s->is_joined;
}

bool
seam_is_text(const struct seam *s)
{
	return (s->state != SEAM_OPEN && s->state != SEAM_COMMENT) || s->is_joined;
}

void
seam_release(struct seam *s)
{
	buf_release(&s->joined);
}

#include "tangle/expand/seam.h"

#include <string.h>

#include "tangle/project/language.h"

/* No look back or ahead is longer, so that a line costs what it has bytes. */
enum { LONGEST_LOOK = 256 };

struct lexer {
	struct seam *s;
	struct str text;		/* a line, with those joined to it */
	size_t at;
};

static bool
has(const struct seam *s, unsigned trait)
{
	return s->language->traits & trait;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static struct str
rest(const struct lexer *x)
{
	return str_slice(x->text, x->at, x->text.len);
}

/* The bytes of a word that end where the lexer stands. */
static struct str
word_before(const struct lexer *x)
{
	size_t from = x->at, least = from > LONGEST_LOOK ? from - LONGEST_LOOK : 0;

	while (from > least && is_word(x->text.data[from - 1]))
		from--;
	return str_slice(x->text, from, x->at);
}

static char
before(const struct lexer *x)
{
	return x->at > 0 ? x->text.data[x->at - 1] : '\n';
}

static char
peek(const struct lexer *x, size_t n)
{
	return x->at + n < x->text.len ? x->text.data[x->at + n] : '\0';
}

static bool
sees(const struct lexer *x, const char *what)
{
	return what && str_starts(rest(x), str_of(what));
}

/* Where the backslash stands that joins a line with the next; its length if none does. */
static size_t
splice(const struct seam *s, struct str line)
{
	size_t end = line.len;

	if (!has(s, LANGUAGE_CONTINUES) || s->state == SEAM_RAW)
		return line.len;
	while (end > 0 && is_blank(line.data[end - 1]))
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
open_comment(struct lexer *x, const char *open, const char *close)
{
	x->s->state = SEAM_COMMENT;
	x->s->opens = open;
	x->s->closes = close;
	x->s->depth = 1;
	x->at += strlen(open);
}

/* The comments of OCaml and F# hold whole strings: (* "*)" *) is one. */
static bool
skip_inner_string(struct lexer *x)
{
	size_t n = 1;

	if (peek(x, 0) == '\'' && peek(x, 1) == '"' && peek(x, 2) == '\'') {
		x->at += 3;
		return true;
	}
	if (peek(x, 0) != '"')
		return false;
	while (x->at + n < x->text.len && peek(x, n) != '"')
		n += peek(x, n) == '\\' ? 2 : 1;
	if (peek(x, n) != '"')
		return false;
	x->at += n + 1;
	return true;
}

static void
read_comment(struct lexer *x)
{
	struct seam *s = x->s;
	bool nests = has(s, LANGUAGE_NESTS) || s->opens[1] == '+';

	while (x->at < x->text.len) {
		if (s->opens[0] == '(' && skip_inner_string(x))
			continue;
		if (sees(x, s->closes)) {
			x->at += strlen(s->closes);
			if (--s->depth == 0) {
				s->state = SEAM_OPEN;
				return;
			}
		} else if (nests && sees(x, s->opens)) {
			x->at += strlen(s->opens);
			s->depth++;
		} else {
			x->at++;
		}
	}
}

/* In Haskell "-->" is an operator. */
static bool
is_line_comment(const struct lexer *x)
{
	size_t n = 2;

	if (!sees(x, x->s->language->comment))
		return false;
	if (has(x->s, LANGUAGE_PERL))
		return before(x) != '$';		/* $#list */
	if (!has(x->s, LANGUAGE_QUASI))
		return true;
	while (peek(x, n) == '-')
		n++;
	return peek(x, n) == '\0' || !strchr("!#$%&*+./<=>?@\\^|~:", peek(x, n));
}

/*
 * Strings
 */

static void
open_raw(struct lexer *x, size_t skip, struct str end, const char *more)
{
	struct seam *s = x->s;
	size_t n = strlen(more);

	x->at += skip;
	if (end.len + n > sizeof s->end) {
		s->state = SEAM_LOST;
		return;
	}
	memmove(s->end, end.data, end.len);
	memcpy(s->end + end.len, more, n);
	s->nend = (unsigned char)(end.len + n);
	s->state = SEAM_RAW;
}

static void
read_raw(struct lexer *x)
{
	struct str end = { x->s->end, x->s->nend };
	size_t found = str_find(rest(x), end);

	if (found == rest(x).len) {
		x->at = x->text.len;
		return;
	}
	x->at += found + end.len;
	x->s->state = SEAM_OPEN;
}

static void
read_nested(struct lexer *x)
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
read_gap(struct lexer *x)
{
	while (is_blank(peek(x, 0)))
		x->at++;
	x->s->gap = x->at >= x->text.len;
	if (peek(x, 0) == '\\')
		x->at++;
}

static void
read_string(struct lexer *x)
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
		if (c == '\\' && has(s, LANGUAGE_GAPS) && is_blank(peek(x, 1))) {
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
read_verbatim(struct lexer *x)
{
	while (x->at < x->text.len) {
		if (x->text.data[x->at++] != '"')
			continue;
		if (peek(x, 0) != '"') {
			x->s->state = SEAM_OPEN;
			return;
		}
		x->at++;
	}
}

static void
open_string(struct lexer *x)
{
	x->s->quote = x->text.data[x->at++];
	x->s->state = SEAM_STRING;
	x->s->gap = false;
}

/* How many of a byte follow each other there; what is too long to be kept counts as that. */
static size_t
count(const struct lexer *x, size_t from, char c)
{
	size_t n = 0;

	while (n < sizeof x->s->end && peek(x, from + n) == c)
		n++;
	return n;
}

/* R"x(...)x", with any of its prefixes; the lexer stands on the quote. */
static bool
open_raw_c(struct lexer *x)
{
	struct str word = word_before(x), all = rest(x), mark;
	size_t n = 1;

	if (!str_eq(word, STR("R")) && !str_eq(word, STR("LR")) && !str_eq(word, STR("uR")) &&
	    !str_eq(word, STR("UR")) && !str_eq(word, STR("u8R")))
		return false;
	while (n < all.len && n <= 17 && !strchr("()\\\" \t\r\n\f\v", all.data[n]))
		n++;
	if (peek(x, n) != '(')
		return false;
	mark = str_slice(all, 1, n);
	x->s->end[0] = ')';		/* open_raw may move it onto itself */
	memcpy(x->s->end + 1, mark.data, mark.len);
	open_raw(x, n + 1, (struct str){ x->s->end, mark.len + 1 }, "\"");
	return true;
}

/* r"--(...)--", and with the other brackets. */
static bool
open_raw_r(struct lexer *x)
{
	struct str word = word_before(x);
	size_t dashes = count(x, 1, '-');
	char open = peek(x, 1 + dashes);
	char close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : '\0';

	if ((!str_eq(word, STR("r")) && !str_eq(word, STR("R"))) || close == '\0')
		return false;
	if (dashes + 2 > sizeof x->s->end) {
		x->s->state = SEAM_LOST;
		return true;
	}
	x->s->end[0] = close;
	memset(x->s->end + 1, '-', dashes);
	x->s->end[dashes + 1] = peek(x, 0);
	open_raw(x, dashes + 2, (struct str){ x->s->end, dashes + 2 }, "");
	return true;
}

/* r"...", q"EOS, q"(...)" and q{...}; the lexer stands behind the letter. */
static bool
open_raw_d(struct lexer *x)
{
	struct str word = word_before(x), mark;
	char open = peek(x, 1);
	size_t n = 1;

	if (str_eq(word, STR("r")) && peek(x, 0) == '"') {
		open_raw(x, 1, STR("\""), "");
		return true;
	}
	if (!str_eq(word, STR("q")))
		return false;
	if (peek(x, 0) == '{') {
		x->s->state = SEAM_NESTED;
		x->s->open = '{';
		x->s->close = '}';
		x->s->depth = 1;
		x->at++;
		return true;
	}
	if (peek(x, 0) != '"')
		return false;
	if (!is_word(open)) {
		char end[2] = { open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}'
		    : open == '<' ? '>' : open, '"' };

		open_raw(x, 2, (struct str){ end, 2 }, "");
		return true;
	}
	while (is_word(peek(x, n)))
		n++;
	mark = str_slice(rest(x), 1, n);
	open_raw(x, n, mark, "\"");
	return true;
}

/* {name| ... |name}; the lexer stands on the brace. */
static bool
open_braced(struct lexer *x)
{
	size_t n = 1;

	while ((peek(x, n) >= 'a' && peek(x, n) <= 'z') || peek(x, n) == '_')
		n++;
	if (peek(x, n) != '|')
		return false;
	if (n + 1 > sizeof x->s->end) {
		x->s->state = SEAM_LOST;
		return true;
	}
	x->s->end[0] = '|';
	memcpy(x->s->end + 1, x->text.data + x->at + 1, n - 1);
	open_raw(x, n + 1, (struct str){ x->s->end, n }, "}");
	return true;
}

/* [name| ... |]; a list [x|x<-xs] ends on its line. */
static bool
open_quasi(struct lexer *x)
{
	struct str line = str_slice(rest(x), 0, LONGEST_LOOK);
	size_t n = 1;

	while (is_word(peek(x, n)) || peek(x, n) == '.' || peek(x, n) == '\'')
		n++;
	if (n == 1 || peek(x, n) != '|')
		return false;
	if (str_find(line, STR("|]")) == line.len && str_find_byte(line, ']') < line.len)
		return false;
	open_raw(x, n + 1, STR("|]"), "");
	return true;
}

/* A quote of any kind; false if it is none here. */
static bool
open_double(struct lexer *x)
{
	struct seam *s = x->s;
	size_t n = count(x, 0, '"');

	if (has(s, LANGUAGE_RAW_C) && open_raw_c(x))
		return true;
	if (has(s, LANGUAGE_RAW_R) && open_raw_r(x))
		return true;
	if (has(s, LANGUAGE_RAW_D) && open_raw_d(x))
		return true;
	if (has(s, LANGUAGE_VERBATIM) && (before(x) == '@' || (before(x) == '$' && x->at > 1 &&
	    x->text.data[x->at - 2] == '@'))) {
		s->state = SEAM_VERBATIM;
		x->at++;
		return true;
	}
	if (has(s, LANGUAGE_TRIPLE) && n >= 3) {
		open_raw(x, n, str_slice(STR("\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""), 0, n), "");
		return true;
	}
	open_string(x);
	return true;
}

/* 1'000'000; no number is longer than a look back */
static bool
parts_digits(const struct lexer *x)
{
	size_t at = x->at, least = at > LONGEST_LOOK ? at - LONGEST_LOOK : 0;

	while (at > least && (is_word(x->text.data[at - 1]) || x->text.data[at - 1] == '\'' ||
	    x->text.data[at - 1] == '.'))
		at--;
	return at < x->at && x->text.data[at] >= '0' && x->text.data[at] <= '9';
}

/* 'x' where names may hold a quote: x', 'a and '\n' are three things. */
static void
read_prime(struct lexer *x)
{
	size_t n = str_utf8(str_slice(rest(x), 1, rest(x).len));

	if (is_word(before(x)) || before(x) == '\'')
		x->at++;
	else if (peek(x, 1) == '\\')
		open_string(x);
	else if (peek(x, 1 + n) == '\'')
		x->at += n + 2;
	else
		x->at++;
}

static void
read_single(struct lexer *x)
{
	if (has(x->s, LANGUAGE_PRIMES))
		read_prime(x);
	else if (has(x->s, LANGUAGE_CHARS) && parts_digits(x))
		x->at++;
	else if (has(x->s, LANGUAGE_RAW_R) && open_raw_r(x))
		return;
	else if (has(x->s, LANGUAGE_CHARS | LANGUAGE_LONG_SINGLE))
		open_string(x);
	else
		x->at++;
}

/*
 * Perl
 */

/* <<EOT, <<"EOT", <<~EOT: a document begins with the next line. */
static bool
open_document(struct lexer *x)
{
	struct seam *s = x->s;
	size_t n = 2, end;
	bool indented = peek(x, n) == '~';
	char quote;

	if (!sees(x, "<<") || is_word(before(x)) || before(x) == ')')
		return false;
	n += indented;
	quote = peek(x, n) == '"' || peek(x, n) == '\'' ? peek(x, n) : '\0';
	n += quote != '\0';
	end = n;
	while (quote ? peek(x, end) != quote && peek(x, end) != '\0' : is_word(peek(x, end)))
		end++;
	if (end == n || (quote && peek(x, end) != quote) || (!quote && peek(x, n) >= '0' && peek(x, n) <= '9'))
		return false;
	if (s->nwaiting > 0 || end - n > sizeof s->waiting) {	/* two at once */
		s->state = SEAM_LOST;
		return true;
	}
	s->nwaiting = (unsigned char)(end - n);
	memcpy(s->waiting, x->text.data + x->at + n, end - n);
	s->waiting_indented = indented;
	x->at += end + (quote != '\0');
	return true;
}

/* q{}, qq(), qw//, m!!, s{}{}: what a delimiter opens; the lexer stands behind the word. */
static bool
open_quote(struct lexer *x)
{
	static const char *const words[] = { "q", "qq", "qw", "qr", "m", "s", "tr", "y" };
	struct str word = word_before(x);
	size_t k = 0;
	char c = peek(x, 0), sigil = x->at > word.len ? x->text.data[x->at - word.len - 1] : '\n';
	const char *pair;

	while (k < 8 && !str_eq(word, str_of(words[k])))
		k++;
	if (k == 8 || c == '\0' || strchr("$@%&->{", sigil) || is_blank(c) || strchr("=,;)}]>", c) || is_word(c))
		return false;
	pair = strchr("(){}[]<>", c);
	x->at++;
	if (pair) {
		x->s->state = SEAM_NESTED;
		x->s->open = c;
		x->s->close = pair[1];
		x->s->depth = 1;
	} else {
		x->s->quote = c;
		x->s->state = SEAM_STRING;
	}
	return true;
}

/* A slash that begins a pattern, which ends on its line. */
static bool
skip_pattern(struct lexer *x)
{
	size_t at = x->at, n = 1;

	if (peek(x, 0) != '/')
		return false;
	while (at > 0 && (x->text.data[at - 1] == ' ' || x->text.data[at - 1] == '\t'))
		at--;
	if (at > 0 && !strchr("(,=~!&|?:;{}\n", x->text.data[at - 1]))
		return false;
	while (peek(x, n) != '\0' && peek(x, n) != '/')
		n += peek(x, n) == '\\' ? 2 : 1;
	if (peek(x, n) != '/')
		return false;
	x->at += n + 1;
	return true;
}

static bool
open_perl(struct lexer *x)
{
	char c = peek(x, 0);

	if (before(x) == '$' && (c == '"' || c == '\'' || c == '`')) {
		x->at++;
		return true;
	}
	if (c == '\'' && is_word(before(x)) && is_word(peek(x, 1))) {	/* main'name */
		x->at++;
		return true;
	}
	return open_document(x) || open_quote(x) || skip_pattern(x);
}

static void
begin_perl_line(struct lexer *x)
{
	if (x->s->state != SEAM_OPEN)
		return;
	if (sees(x, "__END__") || sees(x, "__DATA__")) {
		x->s->state = SEAM_LOST;
	} else if (peek(x, 0) == '=' && is_word(peek(x, 1))) {
		x->s->state = SEAM_DOCUMENT;
		x->s->nend = 4;
		memcpy(x->s->end, "=cut", 4);
		x->s->indented_end = false;
	}
}

static void
read_document(struct lexer *x)
{
	struct str line = rest(x), end = { x->s->end, x->s->nend };

	while (line.len > 0 && is_blank(line.data[line.len - 1]))
		line.len--;
	if (x->s->indented_end)
		line = str_trim(line);
	if (str_eq(line, end) || (str_eq(end, STR("=cut")) && str_starts(line, end)))
		x->s->state = SEAM_OPEN;
	x->at = x->text.len;
}

static void
end_perl_line(struct seam *s)
{
	if (s->nwaiting == 0 || s->state == SEAM_LOST)
		return;
	if (s->state != SEAM_OPEN) {
		s->state = SEAM_LOST;		/* a string that a document cuts in two */
		return;
	}
	s->state = SEAM_DOCUMENT;
	memcpy(s->end, s->waiting, s->nwaiting);
	s->nend = s->nwaiting;
	s->indented_end = s->waiting_indented;
	s->nwaiting = 0;
}

/*
 * Conditions and macros
 */

static bool
is_directive(const struct lexer *x, struct str *word)
{
	char mark = has(x->s, LANGUAGE_CONDITIONS) ? '#' : has(x->s, LANGUAGE_BACK_CONDITIONS) ? '`' : '\0';
	struct str line = x->text;
	size_t at = 0, from;

	while (at < line.len && is_blank(line.data[at]))
		at++;
	if (mark == '\0' || at == line.len || line.data[at] != mark)
		return false;
	at++;
	while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
		at++;
	from = at;
	while (at < line.len && is_word(line.data[at]))
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
follow_parenthesis(struct lexer *x, char c)
{
	struct seam *s = x->s;
	struct lexer name = *x;

	if (c == '(') {
		while (name.at > 0 && is_blank(name.text.data[name.at - 1]))
			name.at--;
		s->parentheses++;
		if (s->macro == 0 && is_macro(word_before(&name)))
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
read_open(struct lexer *x, bool is_code)
{
	struct seam *s = x->s;
	const struct language *l = s->language;

	while (x->at < x->text.len && s->state == SEAM_OPEN) {
		char c = x->text.data[x->at];

		if (is_word(c) || c == ' ' || c == '\t') {
			x->at++;
		} else if (is_line_comment(x)) {
			x->at = x->text.len;
		} else if (sees(x, l->open)) {
			open_comment(x, l->open, l->close);
		} else if (has(s, LANGUAGE_RAW_D) && sees(x, "/+")) {
			open_comment(x, "/+", "+/");
		} else if (has(s, LANGUAGE_PERL) && open_perl(x)) {
			continue;
		} else if (c == '"') {
			open_double(x);
		} else if (c == '\'') {
			read_single(x);
		} else if (c == '`' && has(s, LANGUAGE_LONG_BACK)) {
			open_string(x);
		} else if (c == '{' && ((has(s, LANGUAGE_BRACED) && open_braced(x)) ||
		    (has(s, LANGUAGE_RAW_D) && open_raw_d(x)))) {
			continue;
		} else if (c == '[' && has(s, LANGUAGE_QUASI) && open_quasi(x)) {
			continue;
		} else {
			if (is_code && (c == '(' || c == ')') && has(s, LANGUAGE_MACROS))
				follow_parenthesis(x, c);
			x->at++;
		}
	}
}

static void
step(struct lexer *x, bool is_code)
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
		read_raw(x);
		break;
	case SEAM_NESTED:
		read_nested(x);
		break;
	case SEAM_DOCUMENT:
		read_document(x);
		break;
	case SEAM_LOST:
		x->at = x->text.len;
		break;
	}
}

static void
read_line(struct seam *s, struct str line)
{
	struct lexer x = { .s = s, .text = line };
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
			begin_perl_line(&x);
	}
	while (x.at < line.len)
		step(&x, is_code);
	if (s->state == SEAM_STRING && !runs_on(s) && !s->gap)
		s->state = SEAM_OPEN;		/* its quote was the line's last */
	if (has(s, LANGUAGE_PERL))
		end_perl_line(s);
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

#include "tangle/expand/perl.h"

#include <string.h>

#include "tangle/expand/cursor.h"
#include "tangle/expand/seam.h"

/* <<EOT, <<"EOT", <<~EOT: a document begins with the next line. */
static bool
open_document(struct cursor *x)
{
	struct seam *s = x->s;
	size_t n = 2, end;
	bool indented = cursor_peek(x, n) == '~';
	char quote;

	if (!cursor_sees(x, "<<") || cursor_is_word(cursor_before(x)) || cursor_before(x) == ')')
		return false;
	n += indented;
	quote = cursor_peek(x, n) == '"' || cursor_peek(x, n) == '\'' ? cursor_peek(x, n) : '\0';
	n += quote != '\0';
	end = n;
	while (quote ? cursor_peek(x, end) != quote && cursor_peek(x, end) != '\0' :
	    cursor_is_word(cursor_peek(x, end)))
		end++;
	if (end == n || (quote && cursor_peek(x, end) != quote) ||
	    (!quote && cursor_peek(x, n) >= '0' && cursor_peek(x, n) <= '9'))
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

/* q{}, qq(), qw//, m!!, s{}{}: what a delimiter opens; the cursor stands behind the word. */
static bool
open_quote(struct cursor *x)
{
	static const char *const words[] = { "q", "qq", "qw", "qr", "m", "s", "tr", "y" };
	struct str word = cursor_word(x);
	size_t k = 0;
	char c = cursor_peek(x, 0), sigil = x->at > word.len ? x->text.data[x->at - word.len - 1] : '\n';
	const char *pair;

	while (k < 8 && !str_eq(word, str_of(words[k])))
		k++;
	if (k == 8 || c == '\0' || strchr("$@%&->{", sigil) || cursor_is_blank(c) ||
	    strchr("=,;)}]>", c) || cursor_is_word(c))
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
skip_pattern(struct cursor *x)
{
	size_t at = x->at, n = 1;

	if (cursor_peek(x, 0) != '/')
		return false;
	while (at > 0 && (x->text.data[at - 1] == ' ' || x->text.data[at - 1] == '\t'))
		at--;
	if (at > 0 && !strchr("(,=~!&|?:;{}\n", x->text.data[at - 1]))
		return false;
	while (cursor_peek(x, n) != '\0' && cursor_peek(x, n) != '/')
		n += cursor_peek(x, n) == '\\' ? 2 : 1;
	if (cursor_peek(x, n) != '/')
		return false;
	x->at += n + 1;
	return true;
}

bool
perl_open(struct cursor *x)
{
	char c = cursor_peek(x, 0);

	if (cursor_before(x) == '$' && (c == '"' || c == '\'' || c == '`')) {
		x->at++;
		return true;
	}
	if (c == '\'' && cursor_is_word(cursor_before(x)) && cursor_is_word(cursor_peek(x, 1))) {	/* main'name */
		x->at++;
		return true;
	}
	return open_document(x) || open_quote(x) || skip_pattern(x);
}

void
perl_begin_line(struct cursor *x)
{
	if (x->s->state != SEAM_OPEN)
		return;
	if (cursor_sees(x, "__END__") || cursor_sees(x, "__DATA__")) {
		x->s->state = SEAM_LOST;
	} else if (cursor_peek(x, 0) == '=' && cursor_is_word(cursor_peek(x, 1))) {
		x->s->state = SEAM_DOCUMENT;
		x->s->nend = 4;
		memcpy(x->s->end, "=cut", 4);
		x->s->indented_end = false;
	}
}

void
perl_read_document(struct cursor *x)
{
	struct str line = cursor_rest(x), end = { x->s->end, x->s->nend };

	while (line.len > 0 && cursor_is_blank(line.data[line.len - 1]))
		line.len--;
	if (x->s->indented_end)
		line = str_trim(line);
	if (str_eq(line, end) || (str_eq(end, STR("=cut")) && str_starts(line, end)))
		x->s->state = SEAM_OPEN;
	x->at = x->text.len;
}

void
perl_end_line(struct seam *s)
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

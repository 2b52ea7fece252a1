#include "tangle/document/hidden.h"

#include <stddef.h>

#include "tangle/base/diag.h"
#include "tangle/document/block.h"
#include "tangle/project/interpreter.h"
#include "tangle/project/language.h"

bool
hidden_is_cell(const struct part *p, struct str *options)
{
	struct str rest = p->info;

	if (p->kind != PART_COMMENT || !str_eq(str_word(&rest), STR("cell")))
		return false;
	*options = rest;
	return true;
}

/* What stands on a line behind the marks of lists and quotes. */
static struct str
without_marks(struct str line)
{
	size_t at = 0;

	while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t' || line.data[at] == '>'))
		at++;
	return str_slice(line, at, line.len);
}

/* Is there a line of "-->" below that no comment or fence (of an output) begins before? */
static bool
has_end_below(const struct source *s, size_t offset)
{
	struct str rest = str_slice(s->text, offset, s->text.len), line;

	while (str_line(&rest, &line)) {
		if (str_find(line, STR("<!--")) < line.len)
			return false;
		line = without_marks(line);
		if (str_starts(line, STR("```")) || str_starts(line, STR("~~~")))
			return false;
		if (str_starts(line, STR("-->")) && str_is_blank(str_slice(line, 3, line.len)))
			return true;
	}
	return false;
}

void
hidden_check_end(const struct block *b, struct diag *d)
{
	const struct source *s = &b->document->source;
	struct str whole = str_slice(s->text, b->part->start, b->part->end), before, after;
	size_t end = str_find(whole, STR("-->")), other = str_find(whole, STR("--!>")), from = end;
	bool runs_on;

	if (other < end)
		diag_error(d, STATUS_STRUCTURE, place_of(s, str_slice(whole, other, other + 4)),
		    "early-comment-end",
		    "browsers end the comment here: write -- and !> apart");
	if (end == whole.len)
		return;
	while (from > 0 && whole.data[from - 1] != '\n' && whole.data[from - 1] != '\r')
		from--;
	before = without_marks(str_slice(whole, from, end));
	after = str_slice(whole, end + 3, whole.len);
	after = str_slice(after, 0, str_find_byte(after, '\n'));
	runs_on = has_end_below(s, b->part->end);
	if (from == 0)
		diag_error(d, STATUS_STRUCTURE, place_of(s, str_slice(whole, end, end + 3)),
		    "early-comment-end",
		    "this hidden cell ends on its first line: its code stands on the lines below, and then --> on a line");
	else if (runs_on || (before.len > 0 && !str_is_blank(after)))
		diag_error(d, STATUS_STRUCTURE, place_of(s, str_slice(whole, end, end + 3)),
		    "early-comment-end",
		    "HTML ends the comment here, and the rest of the cell would show: write -- and > apart, as in x-- > 0");
	else if (!str_is_blank(after))
		diag_warning(d, place_of(s, str_trim(after)), "early-comment-end",
		    "this shows on the page, since the comment of the hidden cell ends before it: put it on the next line");
}

/* <!-- skein: cell lua name=setup */
struct str
hidden_language(const struct block *b, struct str *options, struct diag *d)
{
	struct str rest = *options, word = str_word(&rest);
	const struct language *l = word.len > 0 ? language_find(word) : NULL;
	struct str language = l ? str_of(l->name) : word;
	bool is_ours = str_eq(word, STR("c")) || str_eq(word, STR("c++")) || str_eq(word, STR("lua"));

	if (str_eq(language, STR("console")))
		diag_error(d, STATUS_STRUCTURE, place_of(&b->document->source, word), "bad-value",
		    "a console block cannot be hidden, since its output stands within it: cell sh runs commands");
	else if (!is_ours && (word.len == 0 || !interpreter_find(b->document->interpreters, word, language)))
		return STR("c");
	*options = rest;
	return is_ours ? word : language;
}

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/document/words.h"
#include "tangle/project/language.h"

/* Of a line comment: "//", "#", "--", ...; empty if unknown. */
static struct str
language_comment(struct str language)
{
	const struct language *known = language_find(language);

	return known && known->comment ? str_of(known->comment) : (struct str){0};
}

/* The text behind the mark, if the line begins with one. */
static bool
behind_mark(struct str language, struct str line, struct str *text)
{
	struct str comment = language_comment(language);
	struct str t = str_trim(line);

	if (comment.len > 0 && str_starts(t, comment) &&
	    t.len > comment.len && t.data[comment.len] == '|') {
		*text = str_slice(t, comment.len + 1, t.len);
		return true;
	}
	if (str_starts(t, STR("#|")) && !str_eq(comment, STR(";"))) {	/* Lisp's comments */
		*text = str_slice(t, 2, t.len);
		return true;
	}
	if (str_starts(t, STR("/*|")) && str_ends(t, STR("*/")) && t.len >= 5) {
		*text = str_slice(t, 3, t.len - 2);
		return true;
	}
	return false;
}

static struct str
unquoted(struct str text)
{
	text = str_trim(text);
	if (text.len >= 2 && (text.data[0] == '"' || text.data[0] == '\'') &&
	    text.data[text.len - 1] == text.data[0])
		return str_slice(text, 1, text.len - 1);
	return text;
}

/* The next item of a list; a comma within quotes is part of it. */
static struct str
next_item(struct str *list)
{
	struct str rest = *list;
	char quote = '\0';
	size_t i;

	for (i = 0; i < rest.len; i++) {
		char c = rest.data[i];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == ',')
			break;
		else if ((c == '"' || c == '\'') && str_is_blank(str_slice(rest, 0, i)))
			quote = c;
	}
	*list = str_slice(rest, i + 1, rest.len);
	return str_slice(rest, 0, i);
}

/* A scalar, or a list in YAML's flow form: [a, b]. */
static void
body_value(struct options *to, struct str text, struct option *o)
{
	struct str *items;

	text = str_trim(text);
	o->value = unquoted(text);
	if (text.len < 2 || text.data[0] != '[' || text.data[text.len - 1] != ']')
		return;
	text = str_slice(text, 1, text.len - 1);
	items = arena_alloc(to->arena, text.len + 1, sizeof *items);
	while (text.len > 0)
		items[o->nitems++] = unquoted(next_item(&text));
	o->items = items;
	o->is_list = true;
}

bool
attributes_body_line(struct options *to, const struct source *s, struct str language,
    struct str line, struct diag *d)
{
	struct option o = {0};
	struct str text, key, value;

	if (!behind_mark(language, line, &text))
		return false;
	key = str_trim(str_cut(text, ':', &value));
	if (!words_is_key(key) || str_find_byte(text, ':') == text.len) {
		diag_error(d, STATUS_STRUCTURE, place_of(s, str_trim(line)), "broken-options",
		    "an option line has the form 'key: value'");
		return true;
	}
	o.key = key;
	o.at = place_of(s, str_trim(line));
	body_value(to, value, &o);
	options_add(to, o, d);
	return true;
}

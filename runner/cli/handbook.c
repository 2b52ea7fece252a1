#include "runner/cli/handbook.h"

#include <string.h>

#include "tangle/base/buf.h"
#include "tangle/project/settings.h"

static const char *const topics[] = { "messages", "options", "exit-codes" };

enum { NTOPICS = sizeof topics / sizeof topics[0], NAME_COLUMN = 18 };

/* ---- messages ------------------------------------------------------------------ */

static const struct handbook_entry *
find(struct str id)
{
	for (const struct handbook_entry *e = handbook; e->id; e++)
		if (str_eq(id, str_of(e->id)))
			return e;
	return NULL;
}

/* "3, warning" in words. */
static void
add_level(struct buf *to, const char *level)
{
	struct str rest = str_of(level);
	size_t n = 0;

	while (rest.len > 0) {
		struct str one = str_trim(str_cut(rest, ',', &rest));
		bool is_status = one.data[0] >= '0' && one.data[0] <= '9';

		if (is_status)
			buf_printf(to, "%s%.*s", n > 0 ? " or " : "an error (exit status ", STR_ARG(one));
		else
			buf_printf(to, "%sa %.*s", n > 0 ? ") or " : "", STR_ARG(one));
		n += is_status;
		if (is_status && rest.len == 0)
			buf_byte(to, ')');
	}
}

static void
add_entry(struct buf *to, const struct handbook_entry *e)
{
	buf_printf(to, "[%s] is ", e->id);
	add_level(to, e->level);
	buf_printf(to, "\n\n%s", e->text);
	if (e->example)
		buf_printf(to, "\n%s", e->example);
}

static void
add_messages(struct buf *to)
{
	const char *topic = "";

	for (const struct handbook_entry *e = handbook; e->id; e++) {
		if (strcmp(topic, e->topic) != 0)
			buf_printf(to, "%s%s\n", *topic ? "\n" : "", e->topic);
		topic = e->topic;
		buf_printf(to, "  %-*s %s\n", NAME_COLUMN, e->id, e->summary);
	}
	buf_add(to, STR("\nskein help ID explains one of them.\n"));
}

/* ---- options -------------------------------------------------------------------- */

/* Where it may stand, as a phrase. */
static const char *
place_of_setting(const struct setting *s)
{
	switch (s->places) {
	case SETTING_BLOCK:
		return "of a block";
	case SETTING_DOCUMENT:
		return "of a document";
	case SETTING_BLOCK | SETTING_DOCUMENT:
		return "of a block or a document";
	case SETTING_PROJECT:
		return "of skein.lua";
	case SETTING_USER:
		return "of the user's settings";
	default:
		return "of skein.lua or the user's settings";
	}
}

static void
add_option(struct buf *to, const struct setting *s)
{
	static const char *const forms[] = {
		[SETTING_FLAG] = "true or false", [SETTING_TEXT] = "a text",
		[SETTING_WORDS] = "words or a list",
		[SETTING_PAIRS] = "NAME=... or a list of these, in YAML a mapping", [SETTING_NUMBER] = "a number, or none",
		[SETTING_DURATION] = "a time such as 500ms, 10s, 2m, or none",
		[SETTING_SIZE] = "a size such as 64K, 16M, 2G, or none",
		[SETTING_GRID] = "NAME={VALUE, ...}, ...; in YAML and Lua a mapping of lists",
		[SETTING_TABLE] = "a table of Lua"
	};

	buf_printf(to, "%-*s %s\n%*s ", NAME_COLUMN - 2, s->name, s->help, NAME_COLUMN - 2, "");
	if (s->choices) {
		struct str rest = str_of(s->choices);

		while (rest.len > 0) {
			struct str one = str_cut(rest, '|', &rest);

			buf_printf(to, "%.*s%s", STR_ARG(one), rest.len > 0 ? ", " : "");
		}
	} else {
		buf_add(to, str_of(forms[s->type]));
	}
	buf_printf(to, "; %s", place_of_setting(s));
	if (s->adds_up)
		buf_add(to, STR("; what each place says adds up"));
	if (s->standard)
		buf_printf(to, "; default: %s", s->standard);
	buf_printf(to, "; since %s", s->since);
	buf_byte(to, '\n');
}

static void
add_options(struct buf *to)
{
	const struct setting *s;

	for (size_t i = 0; (s = setting_at(i)); i++)
		add_option(to, s);
}

/* ---- words -------------------------------------------------------------------------- */

const char *
handbook_word(size_t i)
{
	const struct setting *s;

	if (i < NTOPICS)
		return topics[i];
	i -= NTOPICS;
	for (const struct handbook_entry *e = handbook; e->id; e++)
		if (i-- == 0)
			return e->id;
	s = setting_at(i);
	return s ? s->name : NULL;
}

bool
handbook_find(struct str word, struct buf *to)
{
	const struct handbook_entry *e;
	const struct setting *s;
	size_t before = to->len;

	if (str_starts(word, STR("[")) && str_ends(word, STR("]")))
		word = str_slice(word, 1, word.len - 1);
	if (str_eq(word, STR("messages")))
		add_messages(to);
	else if (str_eq(word, STR("options")))
		add_options(to);
	else if (str_eq(word, STR("exit-codes")))
		buf_add(to, str_of(handbook_statuses));
	if ((e = find(word)))
		add_entry(to, e);
	if ((s = setting_find(word))) {
		buf_add(to, to->len > before ? STR("\n") : STR(""));
		add_option(to, s);
	}
	return to->len > before;
}

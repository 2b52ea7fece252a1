#include "tangle/document/words.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/project/settings.h"

static bool
is_separator(const struct words *w, char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || (w->comma && c == ',');
}

void
words_skip(struct words *w)
{
	while (w->rest.len > 0 && is_separator(w, w->rest.data[0]))
		w->rest = str_slice(w->rest, 1, w->rest.len);
}

/* A bare run of bytes up to a separator or one of `stops`. */
struct str
words_run(struct words *w, const char *stops)
{
	size_t n = 0;
	struct str run;

	while (n < w->rest.len && !is_separator(w, w->rest.data[n]) &&
	    !strchr(stops, w->rest.data[n]))
		n++;
	run = str_slice(w->rest, 0, n);
	w->rest = str_slice(w->rest, n, w->rest.len);
	return run;
}

void
words_complain(struct words *w, struct str at, const char *what)
{
	diag_error(w->diag, STATUS_STRUCTURE, place_of(w->source, at), "broken-options",
	    "%s", what);
	w->ok = false;
}

/* A value in quotes; a backslash keeps the quote or backslash after it. */
static bool
take_quoted(struct words *w, struct str *value)
{
	struct str open = w->rest;
	char quote = open.data[0];
	struct buf b = {0};

	for (size_t i = 1; i < open.len; i++) {
		char c = open.data[i];

		if (c == quote) {
			*value = buf_take(&b, w->to->arena);
			w->rest = str_slice(open, i + 1, open.len);
			return true;
		}
		if (c == '\\' && i + 1 < open.len &&
		    (open.data[i + 1] == quote || open.data[i + 1] == '\\'))
			c = open.data[++i];
		buf_byte(&b, c);
	}
	buf_release(&b);
	words_complain(w, str_slice(open, 0, 1), "this quote is not closed: add one after the value");
	return false;
}

bool
words_value(struct words *w, const char *stops, struct str *value)
{
	if (w->rest.len > 0 && (w->rest.data[0] == '"' || w->rest.data[0] == '\''))
		return take_quoted(w, value);
	*value = words_run(w, stops);
	return true;
}

bool
words_is_key(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
		    (i > 0 && ((c >= '0' && c <= '9') || c == '.' || c == ':'))))
			return false;
	}
	return s.len > 0;
}

void
words_add(struct words *w, struct str key, struct str value, bool bare, struct str at)
{
	struct option o = {
		.key = key, .value = value, .is_bare = bare,
		.at = place_of(w->source, at)
	};

	if (!options_add(w->to, o, w->diag))
		w->ok = false;
}

static struct str
since(const struct words *w, struct str start)
{
	return str_slice(start, 0, (size_t)(w->rest.data - start.data));
}

/*
 * A comma ends a value without quotes: in {cflags=-fsanitize=address,undefined}
 * the second half would be lost without a word.
 */
static void
warn_of_cut(const struct words *w)
{
	struct words next = *w;
	struct str word, key, value = STR("true");

	if (!w->comma || w->rest.len < 2 || w->rest.data[0] != ',')
		return;
	next.rest = str_slice(w->rest, 1, w->rest.len);
	word = words_run(&next, "=}");
	key = setting_key(w->to->arena, word);
	if (word.len == 0 || word.data[0] == '#' || word.data[0] == '.' ||
	    (next.rest.len > 0 && next.rest.data[0] == '=') || setting_find(key) ||
	    setting_is_display(key) || setting_alias(&key, &value))
		return;
	diag_warning(w->diag, place_of(w->source, word), "unknown-option",
	    "there is no option '%.*s'; if it belongs to the value before it, put that into quotes",
	    STR_ARG(word));
}

/* In {show=code,value} the commas are the value's. */
static void
extend_show(struct words *w, struct str key, struct str *value)
{
	while (w->comma && str_eq_nocase(key, STR("show")) && w->rest.len > 0 && w->rest.data[0] == ',') {
		struct words next = *w;
		struct str word;

		next.rest = str_slice(w->rest, 1, w->rest.len);
		word = words_run(&next, "=}");
		if (!setting_is_choice("code|output|value|nothing", word) ||
		    (next.rest.len > 0 && next.rest.data[0] == '='))
			return;
		w->rest = next.rest;
		value->len = (size_t)(w->rest.data - value->data);
	}
}

/*
 * One word: #name, .flag, key=value or a bare word.  Stops at `stops` (the
 * closing brace).  False when it cannot be one; then nothing was added.
 */
bool
words_option(struct words *w, const char *stops)
{
	struct str start = w->rest, key, value;
	bool is_quoted;

	if (start.data[0] == '#') {
		w->rest = str_slice(start, 1, start.len);
		if (!words_value(w, stops, &value))
			return false;
		if (value.len == 0) {
			words_complain(w, str_slice(start, 0, 1), "a name must follow the '#'");
			return false;
		}
		words_add(w, STR("name"), value, false, since(w, start));
		return true;
	}
	if (start.data[0] == '.')
		w->rest = str_slice(start, 1, start.len);
	key = words_run(w, strcmp(stops, "}") == 0 ? "=}" : "=");
	if (!words_is_key(key)) {
		w->rest = start;
		return false;
	}
	if (w->rest.len > 0 && w->rest.data[0] == '=') {
		w->rest = str_slice(w->rest, 1, w->rest.len);
		is_quoted = w->rest.len > 0 && (w->rest.data[0] == '"' || w->rest.data[0] == '\'');
		if (!words_value(w, stops, &value))
			return false;
		if (!is_quoted)
			extend_show(w, key, &value);
		words_add(w, key, value, false, since(w, start));
		if (!is_quoted)
			warn_of_cut(w);
	} else {
		words_add(w, key, STR("true"), true, since(w, start));
	}
	return true;
}

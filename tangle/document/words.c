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

static struct str
take(struct words *w, size_t n)
{
	struct str taken = str_slice(w->rest, 0, n);

	w->rest = str_slice(w->rest, n, w->rest.len);
	return taken;
}

struct str
words_run(struct words *w, const char *stops)
{
	size_t n = 0;

	while (n < w->rest.len && !is_separator(w, w->rest.data[n]) &&
	    (w->rest.data[n] == '\0' || !strchr(stops, w->rest.data[n])))
		n++;
	return take(w, n);
}

void
words_complain(struct words *w, struct str at, const char *what)
{
	diag_error(w->diag, STATUS_STRUCTURE, place_of(w->source, at), "broken-options",
	    "%s", what);
	w->ok = false;
}

/* ---- values --------------------------------------------------------------- */

static bool
is_quote(struct str s)
{
	return s.len > 0 && (s.data[0] == '"' || s.data[0] == '\'');
}

/* What a word processor makes of quotes: “ ” „ ‘ ’ «. */
static bool
is_typographic_quote(struct str s)
{
	return str_starts(s, STR("\xE2\x80\x9C")) || str_starts(s, STR("\xE2\x80\x9D")) ||
	    str_starts(s, STR("\xE2\x80\x9E")) || str_starts(s, STR("\xE2\x80\x98")) ||
	    str_starts(s, STR("\xE2\x80\x99")) || str_starts(s, STR("\xC2\xAB"));
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
			take(w, i + 1);
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

static char
closing(char open)
{
	return open == '(' ? ')' : open == '[' ? ']' : '}';
}

/* Brackets count in pairs, and not in quotes; deeper than this is no group. */
enum { DEEPEST_GROUP = 32 };

bool
words_group(struct words *w, struct str *group)
{
	char ends[DEEPEST_GROUP], quote = '\0';
	size_t depth = 0;

	for (size_t i = 0; i < w->rest.len; i++) {
		char c = w->rest.data[i];

		if (quote != '\0') {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(' || c == '[' || c == '{') {
			if (depth == DEEPEST_GROUP)
				return false;
			ends[depth++] = closing(c);
		} else if (depth > 0 && c == ends[depth - 1] && --depth == 0) {
			*group = take(w, i + 1);
			return true;
		}
	}
	return false;
}

/*
 * A run in which brackets keep together what separators would part:
 * hl_lines=[1,3], ins={4, 10-16}, engine.opts=list(file = 'a').
 */
static struct str
take_bare(struct words *w)
{
	struct str start = w->rest, group;
	const char *stops = w->comma ? "([{}" : "([{";

	for (;;) {
		words_run(w, stops);
		if (w->rest.len == 0 || w->rest.data[0] == '}' || is_separator(w, w->rest.data[0]))
			break;
		if (!words_group(w, &group))
			take(w, 1);
	}
	return str_slice(start, 0, (size_t)(w->rest.data - start.data));
}

bool
words_pattern(struct words *w)
{
	for (size_t i = 1; i < w->rest.len; i++)
		if (w->rest.data[i] == '/' && w->rest.data[i - 1] != '\\' &&
		    (i + 1 == w->rest.len || w->rest.data[i + 1] == ' ')) {
			take(w, i + 1);
			return true;
		}
	return false;
}

/* Outside of braces, too: file=a.ml,part=x (mdx), linenos,name=x (Zola). */
static void
cut_at_pair(struct words *w, struct str *value)
{
	struct str rest, word;

	for (size_t i = 0; i < value->len; i++) {
		if (value->data[i] != ',')
			continue;
		rest = str_slice(*value, i + 1, value->len);
		word = str_slice(rest, 0, str_find_byte(rest, '='));
		if (word.len == rest.len || !words_is_key(word))
			continue;
		w->rest = str_slice(w->source->text, place_of(w->source, word).offset,
		    place_of(w->source, w->rest).offset + w->rest.len);
		value->len = i;
	}
}

static bool
take_value(struct words *w, struct str *value)
{
	if (is_quote(w->rest))
		return take_quoted(w, value);
	*value = take_bare(w);
	if (!w->comma)
		cut_at_pair(w, value);
	return true;
}

/* ---- keys ----------------------------------------------------------------- */

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

/* Is it a key of ours, or another tool's word for one? */
static bool
is_known(struct arena *a, struct str key)
{
	struct str value = STR("true");

	key = setting_key(a, key);
	return setting_find(key) || setting_alias(&key, &value);
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

/* ---- words that went wrong -------------------------------------------------- */

/*
 * A comma or blank ends a value without quotes: in {cflags=-fsanitize=address,undefined}
 * and name=Read a file the rest would be lost without a word.
 */
void
words_warn_of_cut(const struct words *w)
{
	struct words next = *w;
	struct str word, key, value = STR("true");

	if (w->rest.len < 2 || !(w->rest.data[0] == ' ' || (w->comma && w->rest.data[0] == ',')))
		return;
	next.rest = str_slice(w->rest, 1, w->rest.len);
	word = words_run(&next, w->comma ? "=}" : "=");
	key = setting_key(w->to->arena, word);
	if (word.len == 0 || strchr("#.{[\"'+:", word.data[0]) ||
	    (next.rest.len > 0 && next.rest.data[0] == '=') || setting_find(key) ||
	    setting_is_display(key) || setting_alias(&key, &value))
		return;
	if (w->rest.data[0] == ' ' && (!words_is_key(word) || !w->ours))
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

static bool
is_option_of_blocks(struct str key)
{
	return str_eq(key, STR("file")) || str_eq(key, STR("name"));
}

/*
 * file:a.c and name: x look like options, and are some renderers' captions.
 * Words of other tangling tools, tangle:a.c and id:x, are understood.
 */
static enum word
take_colon(struct words *w, struct str start, struct str word)
{
	struct str value, key = setting_key(w->to->arena, str_cut(word, ':', &value));

	if (str_eq(key, STR("tangle")) || str_eq(key, STR("id"))) {
		if (value.len == 0 || str_eq(value, STR("no")))
			return WORD_TAKEN;
		words_add(w, key, value, false, word);
		return w->ok ? WORD_TAKEN : WORD_BROKEN;
	}
	if (is_option_of_blocks(key) || (w->ours && setting_find(key)))
		diag_warning(w->diag, place_of(w->source, word), "unknown-option",
		    "this is no option: here one is written %.*s=VALUE, without blanks and colon",
		    STR_ARG(key));
	else if (!words_is_key(word)) {
		w->rest = start;
		return WORD_OTHER;
	}
	return WORD_TAKEN;
}

/* :tangle a.c and :tangle=a.c, as Org's headers; other words of that kind are passed over. */
static enum word
take_org(struct words *w, struct str start)
{
	struct str key, value;

	take(w, 1);
	key = words_run(w, "=");
	while (w->rest.len > 0 && (w->rest.data[0] == ' ' || w->rest.data[0] == '='))
		take(w, 1);
	if (w->rest.len > 0 && w->rest.data[0] == ':')
		return WORD_TAKEN;
	if (!take_value(w, &value))
		return WORD_BROKEN;
	if (str_eq_nocase(key, STR("tangle")) && value.len > 0 && !str_eq(value, STR("no")))
		words_add(w, key, value, false, since(w, start));
	return w->ok ? WORD_TAKEN : WORD_BROKEN;
}

/* ---- one word --------------------------------------------------------------- */

static enum word
take_name(struct words *w, struct str start)
{
	struct str value;

	take(w, 1);
	if (!is_quote(w->rest))
		value = words_run(w, w->comma ? "}" : "");
	else if (!take_quoted(w, &value))
		return WORD_BROKEN;
	if (value.len == 0) {
		if (!w->ours) {
			w->rest = start;
			return WORD_OTHER;
		}
		words_complain(w, str_slice(start, 0, 1), "a name must follow the '#'");
		return WORD_BROKEN;
	}
	words_add(w, STR("name"), value, false, since(w, start));
	if (w->ok && start.data[1] != '"' && start.data[1] != '\'')
		words_warn_of_cut(w);
	return w->ok ? WORD_TAKEN : WORD_BROKEN;
}

/* What stands behind the '=' that w->rest begins with. */
static enum word
take_pair(struct words *w, struct str start, struct str key)
{
	struct str value;
	bool is_quoted, known = is_known(w->to->arena, key);

	take(w, 1);
	while (w->rest.len > 0 && w->rest.data[0] == ' ')
		take(w, 1);
	if (known && is_typographic_quote(w->rest)) {
		words_complain(w, w->rest, "this is a typographic quote: write \" or '");
		return WORD_BROKEN;
	}
	value = w->rest;
	is_quoted = is_quote(w->rest);
	if (!known && w->rest.len > 0 && w->rest.data[0] == '/' && words_pattern(w))
		value.len -= w->rest.len;
	else if (!take_value(w, &value))
		return WORD_BROKEN;
	if (!is_quoted)
		extend_show(w, key, &value);
	words_add(w, key, value, false, since(w, start));
	if (!is_quoted && known)
		words_warn_of_cut(w);
	return w->ok ? WORD_TAKEN : WORD_BROKEN;
}

/* Is the next thing behind blanks a single '='?  Then the blanks go. */
static bool
is_assigned(struct words *w)
{
	struct str rest = w->rest;

	while (rest.len > 0 && rest.data[0] == ' ')
		rest = str_slice(rest, 1, rest.len);
	if (rest.len < 2 || rest.data[0] != '=' || rest.data[1] == '=')
		return w->rest.len > 0 && w->rest.data[0] == '=';
	w->rest = rest;
	return true;
}

enum word
words_option(struct words *w)
{
	struct str start = w->rest, key;

	if (start.data[0] == '#')
		return take_name(w, start);
	if (start.data[0] == ':' && !w->comma)
		return take_org(w, start);
	if (start.data[0] == '.')
		take(w, 1);
	key = words_run(w, w->comma ? "=}" : "=");
	if (key.len > 0 && str_find_byte(key, ':') < key.len &&
	    (w->rest.len == 0 || w->rest.data[0] != '='))
		return take_colon(w, start, key);
	if (!words_is_key(key)) {
		if (start.data[0] == '.' && key.len > 0)
			return WORD_TAKEN;		/* {.lang-C++}: a renderer's */
		w->rest = start;
		return WORD_OTHER;
	}
	if (is_assigned(w))
		return take_pair(w, start, key);
	words_add(w, key, STR("true"), true, since(w, start));
	return w->ok ? WORD_TAKEN : WORD_BROKEN;
}

bool
words_look_like_ours(struct str text)
{
	static const char *const keys[] = { "file", "flie", "name", "id", "run" };

	for (size_t i = 0; i < text.len; i++) {
		struct str rest = str_slice(text, i, text.len);

		if (i > 0 && !strchr(" \t,{.", text.data[i - 1]))
			continue;
		if (rest.data[0] == '#' && rest.len > 1 && strchr(" \t{}", rest.data[1]) == NULL)
			return true;
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			struct str key = str_of(keys[k]), behind = str_slice(rest, key.len, rest.len);

			if (str_starts(rest, key) && behind.len > 0 && behind.data[0] == '=')
				return true;
		}
	}
	return false;
}

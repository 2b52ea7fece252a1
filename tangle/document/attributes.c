#include "tangle/document/attributes.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/project/settings.h"

static const struct {
	const char *written, *name;
} languages[] = {
	{ "h", "c" }, { "cpp", "c++" }, { "cxx", "c++" }, { "cc", "c++" }, { "hpp", "c++" },
	{ "hxx", "c++" }, { "hh", "c++" }, { "shell", "sh" }, { "bash", "sh" }, { "zsh", "sh" },
	{ "py", "python" }, { "makefile", "make" }, { "golang", "go" }, { "rs", "rust" },
	{ "js", "javascript" }, { "ts", "typescript" },
	{ "sh-session", "console" }, { "shell-session", "console" }, { "shellsession", "console" },
};

static const struct {
	const char *languages, *mark;
} comments[] = {
	{ "c|c++|javascript|typescript|rust|go|java|kotlin|swift|scala|php|cuda|opencl|glsl|d|zig", "//" },
	{ "sh|python|make|perl|ruby|r|yaml|toml|awk|cmake|julia|gnuplot|dockerfile|tcl|ninja|conf|ini|nix|elixir", "#" },
	{ "lua|haskell|sql|ada|vhdl|elm|dhall", "--" },
	{ "lisp|scheme|clojure|asm|elisp|racket", ";" },
	{ "tex|latex|erlang|matlab|prolog|octave", "%" },
};

/* "c" for c and h, "c++" for its spellings, else the language in lower case. */
static struct str
language_name(struct arena *a, struct str written)
{
	struct str name = setting_key(a, written);

	for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
		if (str_eq(name, str_of(languages[i].written)))
			return str_of(languages[i].name);
	return name;
}

/* C, and C++ with or without its year: braces behind it are options. */
static bool
is_ours(struct str language)
{
	return str_eq(language, STR("c")) || str_starts(language, STR("c++")) ||
	    str_starts(language, STR("cpp")) || str_starts(language, STR("cxx")) ||
	    str_starts(language, STR("gnu++"));
}

/* Of a line comment: "//", "#", "--", ...; empty if unknown. */
static struct str
language_comment(struct str language)
{
	for (size_t i = 0; i < sizeof comments / sizeof comments[0]; i++)
		if (setting_is_choice(comments[i].languages, language))
			return str_of(comments[i].mark);
	return (struct str){0};
}

const struct option *
options_find(const struct options *o, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_eq(o->list[i].key, str_of(key)))
			return &o->list[i];
	return NULL;
}

void
options_remove(struct options *o, struct str key)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->n; i++)
		if (!str_eq(o->list[i].key, key))
			o->list[kept++] = o->list[i];
	o->n = kept;
}

static bool
same_value(const struct option *a, const struct option *b)
{
	if (a->is_list != b->is_list || a->nitems != b->nitems)
		return false;
	for (size_t i = 0; i < a->nitems; i++)
		if (!str_eq(a->items[i], b->items[i]))
			return false;
	return str_eq(a->value, b->value);
}

bool
options_add(struct options *to, struct option o, struct diag *d)
{
	o.written = o.key;
	o.key = setting_key(to->arena, o.key);
	if (!setting_find(o.key) && setting_alias(&o.key, &o.value))
		o.is_bare = false;
	for (size_t i = 0; i < to->n; i++) {
		if (!str_eq(to->list[i].key, o.key))
			continue;
		if (same_value(&to->list[i], &o))
			return true;
		diag_error(d, STATUS_STRUCTURE, o.at, "option-twice",
		    "option '%.*s' is given twice with different values",
		    STR_ARG(o.written));
		diag_note(d, to->list[i].at, "the other value is here");
		return false;
	}
	if (to->n == to->cap) {
		size_t cap = to->cap ? 2 * to->cap : 4;
		struct option *list = arena_alloc(to->arena, cap, sizeof *list);

		if (to->n)
			memcpy(list, to->list, to->n * sizeof *list);
		to->list = list;
		to->cap = cap;
	}
	to->list[to->n++] = o;
	return true;
}

size_t
option_words(const struct option *o, struct arena *a, const struct str **words)
{
	struct str rest = o->value, *list;
	size_t n = 0;

	if (o->is_list) {
		*words = o->items;
		return o->nitems;
	}
	list = arena_alloc(a, o->value.len / 2 + 1, sizeof *list);
	for (struct str w; (w = str_word(&rest)).len > 0;)
		list[n++] = w;
	*words = list;
	return n;
}

/* ---- the words of an info string ---------------------------------------- */

struct words {
	const struct source *source;
	struct options *to;
	struct diag *diag;
	struct str rest;
	bool comma;		/* commas separate too */
	bool ok;
};

static bool
is_separator(const struct words *w, char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || (w->comma && c == ',');
}

static void
skip_separators(struct words *w)
{
	while (w->rest.len > 0 && is_separator(w, w->rest.data[0]))
		w->rest = str_slice(w->rest, 1, w->rest.len);
}

/* A bare run of bytes up to a separator or one of `stops`. */
static struct str
take_run(struct words *w, const char *stops)
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

static void
complain(struct words *w, struct str at, const char *what)
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
	complain(w, str_slice(open, 0, 1), "this quote is not closed: add one after the value");
	return false;
}

static bool
take_value(struct words *w, const char *stops, struct str *value)
{
	if (w->rest.len > 0 && (w->rest.data[0] == '"' || w->rest.data[0] == '\''))
		return take_quoted(w, value);
	*value = take_run(w, stops);
	return true;
}

static bool
is_key(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
		    (i > 0 && ((c >= '0' && c <= '9') || c == '.' || c == ':'))))
			return false;
	}
	return s.len > 0;
}

static void
add(struct words *w, struct str key, struct str value, bool bare, struct str at)
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
	word = take_run(&next, "=}");
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
		word = take_run(&next, "=}");
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
static bool
take_word(struct words *w, const char *stops)
{
	struct str start = w->rest, key, value;
	bool is_quoted;

	if (start.data[0] == '#') {
		w->rest = str_slice(start, 1, start.len);
		if (!take_value(w, stops, &value))
			return false;
		if (value.len == 0) {
			complain(w, str_slice(start, 0, 1), "a name must follow the '#'");
			return false;
		}
		add(w, STR("name"), value, false, since(w, start));
		return true;
	}
	if (start.data[0] == '.')
		w->rest = str_slice(start, 1, start.len);
	key = take_run(w, strcmp(stops, "}") == 0 ? "=}" : "=");
	if (!is_key(key)) {
		w->rest = start;
		return false;
	}
	if (w->rest.len > 0 && w->rest.data[0] == '=') {
		w->rest = str_slice(w->rest, 1, w->rest.len);
		is_quoted = w->rest.len > 0 && (w->rest.data[0] == '"' || w->rest.data[0] == '\'');
		if (!take_value(w, stops, &value))
			return false;
		if (!is_quoted)
			extend_show(w, key, &value);
		add(w, key, value, false, since(w, start));
		if (!is_quoted)
			warn_of_cut(w);
	} else {
		add(w, key, STR("true"), true, since(w, start));
	}
	return true;
}

/* Does the text hold something that only we would write? */
static bool
looks_like_ours(struct str text)
{
	return str_find(text, STR("file=")) < text.len || str_find(text, STR("#")) < text.len ||
	    str_find(text, STR("name=")) < text.len || str_find(text, STR("run")) < text.len;
}

/*
 * The language in front of ```{c name, key=value} (knitr, Quarto) or
 * ```{.c ...} (Pandoc), and knitr's label behind the first.
 */
static void
take_inner_language(struct words *w, struct info *info)
{
	struct str at = w->rest, word, label;

	if (at.data[0] == '.') {
		w->rest = str_slice(at, 1, at.len);
		info->language = language_name(w->to->arena, take_run(w, "}"));
		return;
	}
	word = take_run(w, "}=");
	if (word.len == 0 || at.data[0] == '#' || (w->rest.len > 0 && w->rest.data[0] == '=')) {
		w->rest = at;
		return;
	}
	info->language = language_name(w->to->arena, word);
	info->is_brace_form = true;
	skip_separators(w);
	at = w->rest;
	label = take_run(w, "}=");
	if (label.len == 0 || at.data[0] == '#' || at.data[0] == '.' ||
	    (w->rest.len > 0 && w->rest.data[0] == '=') ||
	    setting_find(setting_key(w->to->arena, label)))
		w->rest = at;
	else
		add(w, STR("name"), label, false, label);
}

/* What stands between braces; w->rest is just behind the opening one. */
static void
take_braces(struct words *w, struct str open, struct info *info, bool language_inside)
{
	w->comma = true;
	skip_separators(w);
	if (language_inside && w->rest.len > 0 && w->rest.data[0] != '}')
		take_inner_language(w, info);
	for (;;) {
		struct str at;

		skip_separators(w);
		at = w->rest;
		if (at.len == 0) {
			complain(w, open, "this brace is not closed: add a '}' at the end of the line");
			return;
		}
		if (at.data[0] == '}') {
			w->rest = str_slice(at, 1, at.len);
			break;
		}
		if (language_inside && info->language.len == 0 && at.data[0] == '.') {
			take_inner_language(w, info);	/* {#name .c} */
			continue;
		}
		if (!take_word(w, "}")) {
			if (w->ok)
				complain(w, str_slice(at, 0, 1),
				    "this cannot be read as an option: write #name, key=value or key=\"a value\"");
			return;
		}
	}
	skip_separators(w);
	if (w->rest.len > 0 && looks_like_ours(w->rest) && is_ours(info->language))
		complain(w, w->rest, "options must stand inside the braces");
}

/* ```c {1,3} and ```c {"name":"x"} are for renderers. */
static bool
is_display_braces(struct str open)
{
	struct str inside = str_trim(str_slice(open, 1, open.len));

	return inside.len == 0 || inside.data[0] == '"' || inside.data[0] == '\'' ||
	    (inside.data[0] >= '0' && inside.data[0] <= '9') || inside.data[0] == '}';
}

/* rustdoc: ```c,ignore,no_run */
static struct str
take_language(struct words *w)
{
	struct str word = take_run(w, "{"), language, flags = {0};

	language = str_cut(word, ',', &flags);
	while (flags.len > 0) {
		struct str flag = str_cut(flags, ',', &flags);

		if (is_key(flag))
			add(w, flag, STR("true"), true, flag);
		else if (looks_like_ours(flag))
			complain(w, flag, "options stand behind a blank or in braces, not behind a comma");
	}
	return language;
}

struct info
attributes_info(struct options *to, const struct source *s, struct str text, struct diag *d)
{
	struct words w = { .source = s, .to = to, .diag = d, .rest = str_trim(text), .ok = true };
	struct info info = { .language = STR("") };
	bool language_inside;

	if (w.rest.len == 0)
		return info;
	if (w.rest.data[0] != '{' && w.rest.data[0] != '#' && w.rest.data[0] != '.') {
		struct str word = take_language(&w);

		if (word.len > 0)
			info.language = language_name(to->arena, word);
		skip_separators(&w);
	}
	language_inside = info.language.len == 0;
	while (w.rest.len > 0 && w.ok) {
		struct str at = w.rest;

		if (at.data[0] == '{') {
			if (!language_inside && is_display_braces(at))
				break;
			if (language_inside && str_starts(at, STR("{=")))
				break;		/* Pandoc's raw block */
			w.rest = str_slice(at, 1, at.len);
			if (language_inside || looks_like_ours(at) ||
			    is_ours(info.language)) {
				take_braces(&w, str_slice(at, 0, 1), &info, language_inside);
			}
			break;
		}
		if (!take_word(&w, "")) {
			/* "c some words" is somebody else's */
			if (w.ok && looks_like_ours(at) && str_find_byte(at, '=') < at.len)
				complain(&w, at, "this cannot be read as options: write #name, key=value or key=\"a value\"");
			break;
		}
		skip_separators(&w);
	}
	info.is_broken = !w.ok;
	return info;
}

bool
attributes_words(struct options *to, const struct source *s, struct str text, struct diag *d)
{
	struct words w = { .source = s, .to = to, .diag = d, .rest = text, .ok = true };

	skip_separators(&w);
	while (w.rest.len > 0 && w.ok) {
		struct str at = w.rest;

		if (!take_word(&w, "") && w.ok)
			complain(&w, str_slice(at, 0, 1),
			    "this cannot be read as an option: write #name, key=value or key=\"a value\"");
		skip_separators(&w);
	}
	return w.ok;
}

/* ---- body lines ----------------------------------------------------------- */

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
	if (!is_key(key) || str_find_byte(text, ':') == text.len) {
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

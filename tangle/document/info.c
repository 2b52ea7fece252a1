#include <string.h>

#include "tangle/base/diag.h"
#include "tangle/document/words.h"
#include "tangle/project/language.h"
#include "tangle/project/settings.h"

/* "c" for c and h, "c++" for its spellings, else the language in lower case. */
static struct str
language_name(struct arena *a, struct str written)
{
	const struct language *known = language_find(written);
	struct str name;

	if (known)
		return str_of(known->name);
	name = setting_key(a, written);
	known = language_find(name);
	return known ? str_of(known->name) : name;
}

/* C, and C++ with or without its year: braces behind it are options. */
static bool
is_ours(struct str language)
{
	return str_eq(language, STR("c")) || str_starts(language, STR("c++")) ||
	    str_starts(language, STR("cpp")) || str_starts(language, STR("cxx")) ||
	    str_starts(language, STR("gnu++"));
}

/* ---- braces --------------------------------------------------------------- */

/* maxHeight: '1em', as JavaScript has it; but not file: a.c, which wants to be read. */
static bool
is_object(struct str inside)
{
	struct str value, key = str_cut(inside, ':', &value);

	return value.len > 0 && words_is_key(key) && !str_eq(key, STR("file")) &&
	    !str_eq(key, STR("name"));
}

/*
 * ```c {1,3}, {"name":"x"}, {% x %}, {maxHeight: '1em'} and ```c {} are for
 * renderers.  Takes them.
 */
static bool
take_display_braces(struct words *w)
{
	struct words next = *w;
	struct str group, inside;

	if (!words_group(&next, &group))
		return false;
	inside = str_trim(str_slice(group, 1, group.len - 1));
	if (inside.len > 0 && !strchr("\"'{%/0123456789", inside.data[0]) &&
	    (words_look_like_ours(inside) || str_find_byte(inside, '=') < inside.len ||
	    !is_object(inside)))
		return false;
	*w = next;
	return true;
}

/* Pandoc: of several classes the first that is a language says which one it is. */
static void
take_class(struct words *w, struct info *info)
{
	struct str start = w->rest, written, name;

	w->rest = str_slice(start, 1, start.len);
	written = words_run(w, w->comma ? "}=" : "=");
	name = language_name(w->to->arena, written);
	if (w->rest.len > 0 && w->rest.data[0] == '=')
		w->rest = start;	/* .key=value */
	else if (info->language.len == 0 || (is_ours(name) && !is_ours(info->language)))
		info->language = name;
	else
		w->rest = start;
}

/*
 * The language in front of ```{c name, key=value} (knitr, Quarto), and the
 * label behind it.
 */
static void
take_chunk_language(struct words *w, struct info *info)
{
	struct str at = w->rest, word = words_run(w, "}="), label;
	struct words behind;

	if (word.len == 0 || strchr("#:\"'", at.data[0]) || (w->rest.len > 0 && w->rest.data[0] == '=')) {
		w->rest = at;
		return;
	}
	info->language = language_name(w->to->arena, word);
	info->is_brace_form = true;
	w->ours = is_ours(info->language);
	words_skip(w);
	at = w->rest;
	label = words_run(w, "}=");
	behind = *w;
	while (label.len > 0 && w->rest.len > 0 && w->rest.data[0] == ' ')
		w->rest = str_slice(w->rest, 1, w->rest.len);
	if (label.len == 0 || strchr("#.\"'", at.data[0]) ||
	    (w->rest.len > 0 && w->rest.data[0] == '=') ||
	    setting_find(setting_key(w->to->arena, label)))
		w->rest = at;
	else
		words_add(w, STR("name"), label, false, label);
	if (w->rest.data != at.data)
		words_warn_of_cut(&behind);
}

/* {#name c}, where .c is meant. */
static bool
take_bare_language(struct words *w, struct info *info)
{
	struct str at = w->rest, word = words_run(w, "}=");

	if ((w->rest.len > 0 && w->rest.data[0] == '=') ||
	    !language_find(setting_key(w->to->arena, word))) {
		w->rest = at;
		return false;
	}
	info->language = language_name(w->to->arena, word);
	diag_warning(w->diag, place_of(w->source, word), "broken-options",
	    "a language within braces has a dot in front: write .%.*s", STR_ARG(word));
	return true;
}

static void
complain_braces(struct words *w, struct str open, struct str at)
{
	if (words_look_like_ours(open))
		words_complain(w, str_slice(at, 0, 1),
		    "this cannot be read as an option: write #name, key=value or key=\"a value\"");
	else if (w->ours)
		diag_warning(w->diag, place_of(w->source, str_slice(at, 0, 1)), "broken-options",
		    "this cannot be read as an option, and the rest of the braces is passed over");
	w->rest = str_slice(w->rest, w->rest.len, w->rest.len);
}

/* What stands between braces; w->rest begins with the opening one. */
static void
take_braces(struct words *w, struct info *info, bool language_inside)
{
	struct str open = w->rest;

	w->rest = str_slice(open, 1, open.len);
	w->comma = true;
	words_skip(w);
	if (language_inside && w->rest.len > 0 && !strchr("}.", w->rest.data[0]))
		take_chunk_language(w, info);
	while (w->ok) {
		words_skip(w);
		if (w->rest.len == 0) {
			if (w->ours || is_ours(info->language) || words_look_like_ours(open))
				words_complain(w, str_slice(open, 0, 1),
				    "this brace is not closed: add a '}' at the end of the line");
			break;
		}
		if (w->rest.data[0] == '}') {
			w->rest = str_slice(w->rest, 1, w->rest.len);
			break;
		}
		w->ours = w->ours || is_ours(info->language);
		if (language_inside && !info->is_brace_form && w->rest.data[0] == '.') {
			struct str at = w->rest;

			take_class(w, info);	/* {#name .c .numberLines} */
			if (w->rest.data != at.data)
				continue;
		}
		if (language_inside && info->language.len == 0 && take_bare_language(w, info))
			continue;
		if (words_option(w) == WORD_OTHER) {
			complain_braces(w, open, w->rest);
			break;
		}
	}
	w->comma = false;
}

/* ---- MyST ------------------------------------------------------------------ */

static bool
is_one_of(struct str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(word, str_of(list[i])))
			return true;
	return false;
}

/*
 * ```{code-cell} c and ```{code-block} c have their options in the body.  What
 * else stands in braces with words behind is a directive of MyST, and no code.
 */
static bool
take_directive(struct words *w, struct info *info)
{
	static const char *const code[] = { "code-block", "code", "sourcecode", "code-cell" };
	struct str inside, argument;
	size_t end = str_find_byte(w->rest, '}');

	if (end == w->rest.len)
		return false;
	inside = str_trim(str_slice(w->rest, 1, end));
	argument = str_trim(str_slice(w->rest, end + 1, w->rest.len));
	if (is_one_of(inside, code, sizeof code / sizeof *code)) {
		info->language = language_name(w->to->arena, str_word(&argument));
		info->is_directive = true;
		info->is_brace_form = str_eq_nocase(inside, STR("code-cell"));
		info->is_listing = !info->is_brace_form;
		w->ours = is_ours(info->language);
		w->rest = argument;
		return true;
	}
	if (argument.len == 0 || is_ours(language_name(w->to->arena, inside)) ||
	    !words_is_key(inside))
		return false;
	info->language = language_name(w->to->arena, inside);
	info->is_listing = true;
	w->rest = str_slice(argument, argument.len, argument.len);
	return true;
}

/* Quarto shows ```{{c}} as the source of ```{c}. */
static bool
take_shown_chunk(struct words *w, struct info *info)
{
	struct str name = w->rest;

	if (!str_starts(w->rest, STR("{{")))
		return false;
	while (name.len > 0 && name.data[0] == '{')
		name = str_slice(name, 1, name.len);
	name = str_trim(str_slice(name, 0, str_find_byte(name, '}')));
	info->language = language_name(w->to->arena, str_word(&name));
	info->is_listing = true;
	w->rest = str_slice(w->rest, w->rest.len, w->rest.len);
	return true;
}

/* ---- lmt --------------------------------------------------------------------- */

/* += or := off the end of the text. */
static struct str
take_sign(struct str *text)
{
	struct str sign = {0};

	*text = str_trim(*text);
	if (str_ends(*text, STR("+=")) || str_ends(*text, STR(":="))) {
		sign = str_slice(*text, text->len - 2, text->len);
		*text = str_trim(str_slice(*text, 0, text->len - 2));
	}
	return sign;
}

static bool
is_lmt_path(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("_.-/", c) || (unsigned char)c >= 0x80))
			return false;
	}
	return s.len > 0;
}

/*
 * lmt's own grammar: LANGUAGE "name" or LANGUAGE path, and perhaps a sign.  A
 * word of ours alone (```c run) stays one.
 */
static bool
take_lmt(struct words *w, struct info *info)
{
	struct str text = w->rest, sign = take_sign(&text), language, value = STR("true"), key;
	size_t at = 0;

	while (at < text.len && !strchr(" \t\"", text.data[at]))
		at++;
	language = str_slice(text, 0, at);
	text = str_trim(str_slice(text, at, text.len));
	if (text.len > 2 && text.data[0] == '"' && text.data[text.len - 1] == '"') {
		key = str_slice(text, 1, text.len - 1);
		words_add(w, STR("name"), key, false, text);
	} else {
		key = setting_key(w->to->arena, text);
		if (language.len == 0 || !is_lmt_path(text) ||
		    (sign.len == 0 && (setting_find(key) || setting_alias(&key, &value))))
			return false;
		words_add(w, STR("file"), text, false, text);
	}
	if (sign.len > 0)
		words_add(w, sign.data[0] == '+' ? STR("append") : STR("replace"), STR("true"), true, sign);
	info->language = language_name(w->to->arena, language);
	return true;
}

/* ```c "a name" += without `syntax: lmt`. */
static void
warn_of_sign(struct words *w)
{
	struct str sign = take_sign(&w->rest);

	if (sign.len > 0)
		diag_warning(w->diag, place_of(w->source, sign), "lmt-syntax",
		    "this is how lmt continues a block: set 'syntax: lmt' for the document, or say 'append'");
}

/* ---- the whole ------------------------------------------------------------------ */

/*
 * The first word: c, C++, c,ignore (rustdoc), c,linenos,name=x (Zola), c{1,3} and
 * c:line-numbers (VitePress), c:a.c (a caption).  No language in title="x".
 */
static void
take_language(struct words *w, struct info *info)
{
	struct str start = w->rest, word = words_run(w, "{\"[,");

	if (str_find_byte(word, '=') < str_find_byte(word, ':') || str_starts(word, STR("tangle:")) ||
	    word.len == 0 || word.data[0] == ':') {
		w->rest = start;
		return;
	}
	info->language = language_name(w->to->arena, str_slice(word, 0, str_find_byte(word, ':')));
	w->ours = is_ours(info->language);
	while (w->rest.len > 0 && w->rest.data[0] == ',' && w->ok) {
		w->comma = true;
		words_skip(w);
		if (w->rest.len > 0 && words_option(w) == WORD_OTHER)
			words_run(w, "");
		w->comma = false;
	}
}

/* What renderers mark up: "text", 'text', /pattern/, [caption], 3-4.  Takes it. */
static bool
take_display(struct words *w)
{
	struct str at = w->rest, group;
	char c = at.data[0];

	if (c == '[')
		return words_group(w, &group);
	if (c == '/')
		return words_pattern(w);
	if (c >= '0' && c <= '9')
		return words_run(w, "").len > 0;
	if (c == '"' || c == '\'') {
		size_t end = str_find_byte(str_slice(at, 1, at.len), c) + 2;

		if (end <= at.len)
			w->rest = str_slice(at, end, at.len);
		return end <= at.len;
	}
	return false;
}

static void
take_rest(struct words *w, struct info *info)
{
	while (w->rest.len > 0 && w->ok) {
		struct str at = w->rest;

		if (at.data[0] == '{' && !take_display_braces(w)) {
			take_braces(w, info, false);
		} else if (at.data[0] != '{' && !take_display(w) && words_option(w) == WORD_OTHER) {
			if (w->ours && words_look_like_ours(at))
				words_complain(w, at, "this cannot be read as options: write #name, key=value or key=\"a value\"");
			return;		/* "c some (words)" is somebody else's */
		}
		words_skip(w);
	}
}

struct info
attributes_info(struct options *to, const struct source *s, struct str text, bool is_lmt,
    struct diag *d)
{
	struct words w = { .source = s, .to = to, .diag = d, .rest = str_trim(text), .ok = true };
	struct info info = { .language = STR("") };

	if (w.rest.len == 0 || str_starts(w.rest, STR("{=")))	/* Pandoc's raw block */
		return info;
	if (is_lmt && take_lmt(&w, &info))
		return info;
	warn_of_sign(&w);
	if (w.rest.data[0] == '{') {
		if (take_shown_chunk(&w, &info))
			return info;
		if (take_directive(&w, &info))
			words_skip(&w);
		else
			take_braces(&w, &info, true);
		words_skip(&w);
		if (w.ok && w.ours && info.is_brace_form && words_look_like_ours(w.rest))
			words_complain(&w, w.rest, "options must stand inside the braces");
		else if (!info.is_brace_form && !info.is_listing)
			take_rest(&w, &info);
	} else {
		if (w.rest.data[0] == '.')
			take_class(&w, &info);
		else if (w.rest.data[0] != '#')
			take_language(&w, &info);
		words_skip(&w);
		take_rest(&w, &info);
	}
	info.is_broken = !w.ok;
	return info;
}

bool
attributes_words(struct options *to, const struct source *s, struct str text, struct diag *d)
{
	struct words w = { .source = s, .to = to, .diag = d, .rest = text, .ours = true, .ok = true };

	words_skip(&w);
	while (w.rest.len > 0 && w.ok) {
		struct str at = w.rest;

		if (words_option(&w) == WORD_OTHER)
			words_complain(&w, str_slice(at, 0, 1),
			    "this cannot be read as an option: write #name, key=value or key=\"a value\"");
		words_skip(&w);
	}
	return w.ok;
}

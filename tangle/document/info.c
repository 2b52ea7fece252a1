#include <string.h>

#include "tangle/document/words.h"
#include "tangle/project/language.h"
#include "tangle/project/settings.h"

/* "c" for c and h, "c++" for its spellings, else the language in lower case. */
static struct str
language_name(struct arena *a, struct str written)
{
	struct str name = setting_key(a, written);
	const struct language *known = language_find(name);

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
		info->language = language_name(w->to->arena, words_run(w, "}"));
		return;
	}
	word = words_run(w, "}=");
	if (word.len == 0 || at.data[0] == '#' || (w->rest.len > 0 && w->rest.data[0] == '=')) {
		w->rest = at;
		return;
	}
	info->language = language_name(w->to->arena, word);
	info->is_brace_form = true;
	words_skip(w);
	at = w->rest;
	label = words_run(w, "}=");
	if (label.len == 0 || at.data[0] == '#' || at.data[0] == '.' ||
	    (w->rest.len > 0 && w->rest.data[0] == '=') ||
	    setting_find(setting_key(w->to->arena, label)))
		w->rest = at;
	else
		words_add(w, STR("name"), label, false, label);
}

/* What stands between braces; w->rest is just behind the opening one. */
static void
take_braces(struct words *w, struct str open, struct info *info, bool language_inside)
{
	w->comma = true;
	words_skip(w);
	if (language_inside && w->rest.len > 0 && w->rest.data[0] != '}')
		take_inner_language(w, info);
	for (;;) {
		struct str at;

		words_skip(w);
		at = w->rest;
		if (at.len == 0) {
			words_complain(w, open, "this brace is not closed: add a '}' at the end of the line");
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
		if (!words_option(w, "}")) {
			if (w->ok)
				words_complain(w, str_slice(at, 0, 1),
				    "this cannot be read as an option: write #name, key=value or key=\"a value\"");
			return;
		}
	}
	words_skip(w);
	if (w->rest.len > 0 && looks_like_ours(w->rest) && is_ours(info->language))
		words_complain(w, w->rest, "options must stand inside the braces");
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
	struct str word = words_run(w, "{"), language, flags = {0};

	language = str_cut(word, ',', &flags);
	while (flags.len > 0) {
		struct str flag = str_cut(flags, ',', &flags);

		if (words_is_key(flag))
			words_add(w, flag, STR("true"), true, flag);
		else if (looks_like_ours(flag))
			words_complain(w, flag, "options stand behind a blank or in braces, not behind a comma");
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
		words_skip(&w);
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
		if (!words_option(&w, "")) {
			/* "c some words" is somebody else's */
			if (w.ok && looks_like_ours(at) && str_find_byte(at, '=') < at.len)
				words_complain(&w, at, "this cannot be read as options: write #name, key=value or key=\"a value\"");
			break;
		}
		words_skip(&w);
	}
	info.is_broken = !w.ok;
	return info;
}

bool
attributes_words(struct options *to, const struct source *s, struct str text, struct diag *d)
{
	struct words w = { .source = s, .to = to, .diag = d, .rest = text, .ok = true };

	words_skip(&w);
	while (w.rest.len > 0 && w.ok) {
		struct str at = w.rest;

		if (!words_option(&w, "") && w.ok)
			words_complain(&w, str_slice(at, 0, 1),
			    "this cannot be read as an option: write #name, key=value or key=\"a value\"");
		words_skip(&w);
	}
	return w.ok;
}

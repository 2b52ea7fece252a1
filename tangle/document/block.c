#include "tangle/document/block.h"

#include <string.h>

#include "tangle/project/interpreter.h"
#include "tangle/project/language.h"

struct body
block_body(const struct block *b)
{
	return body_after(b->part->body, b->noptions);
}

size_t
block_nlines(const struct block *b)
{
	return b->part->body.nlines - b->noptions;
}

struct place
block_file_at(const struct block *b)
{
	const struct option *o = options_find(&b->options, "file");

	return o ? o->at : PLACE_NONE;
}

bool
block_is_cxx(const struct block *b)
{
	return str_eq(b->language, STR("c++"));
}

bool
block_is_c(const struct block *b)
{
	return str_eq(b->language, STR("c")) || block_is_cxx(b);
}

enum engine
block_engine(const struct block *b)
{
	if (block_is_c(b))
		return ENGINE_C;
	if (str_eq(b->language, STR("console")))
		return ENGINE_CONSOLE;
	if (str_eq(b->language, STR("lua")))
		return ENGINE_LUA;
	return block_interpreter(b) ? ENGINE_OTHER : ENGINE_NONE;
}

/* The fence's own word for its language: ```bash is sh, but no other shell will do. */
static struct str
language_word(const struct block *b)
{
	struct str info = b->part->info, word;

	for (size_t from = 0, to; from < info.len; from = to + 1) {
		const struct language *l;

		for (to = from; to < info.len && !strchr(" \t{}.,:=\"'#", info.data[to]); to++)
			;
		word = str_slice(info, from, to);
		l = word.len > 0 ? language_find(word) : NULL;
		if (l && str_eq(str_of(l->name), b->language))
			return word;
	}
	return b->language;
}

const struct interpreter *
block_interpreter(const struct block *b)
{
	if (b->language.len == 0)
		return NULL;
	return interpreter_find(b->document->interpreters, language_word(b), b->language);
}

bool
block_is_asked_for(const struct block *b)
{
	const struct option *run = options_find(&b->options, "run");
	const struct option *languages = options_find(&b->document->options, "languages");
	const struct interpreter *i;

	if (b->is_hidden || (run && str_eq(run->written, STR("run"))) || options_find(&b->options, "generates"))
		return true;
	i = languages ? block_interpreter(b) : NULL;
	return i && (option_has_word(languages, str_of(i->language)) || option_has_word(languages, b->language));
}

const struct option *
block_setting(const struct block *b, const char *key)
{
	const struct option *o = options_find(&b->options, key);

	return o ? o : options_find(&b->document->options, key);
}

bool
block_generates(const struct block *b)
{
	return b->is_cell && options_find(&b->options, "generates");
}

bool
block_is_transcript(const struct block *b)
{
	return b->run == RUN_YES && block_engine(b) == ENGINE_CONSOLE;
}

const char *
block_kind(const struct block *b)
{
	if (b->is_output)
		return "output";
	if (b->is_fragment)
		return b->is_cell ? "fragment, cell" : "fragment";
	return b->is_cell ? "cell" : "listing";
}

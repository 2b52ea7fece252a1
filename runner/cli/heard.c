#define _POSIX_C_SOURCE 200809L	/* open_memstream */
#include "runner/cli/heard.h"

#include <stdlib.h>

#include "tangle/base/arena.h"

/* "a.md:1:1: error: there is no gcc [no-compiler]" */
static bool
read_line(struct str line, struct str mark, struct str *words, struct str *id)
{
	size_t at = str_find(line, mark), end;

	if (at == line.len || (at > 0 && line.data[at - 1] != ' '))
		return false;
	*words = str_slice(line, at + mark.len, line.len);
	*id = STR("");
	for (end = words->len; end > 0 && words->data[end - 1] != '['; end--)
		;
	if (end > 1 && str_ends(*words, STR("]"))) {
		*id = str_slice(*words, end, words->len - 1);
		*words = str_trim(str_slice(*words, 0, end - 1));
	}
	if (str_eq(*id, STR("io")))	/* its place is the path that it is about */
		*words = (struct str){ line.data, (size_t)(words->data - line.data) + words->len };
	return true;
}

bool
heard_first(struct str text, struct str *words, struct str *id)
{
	const struct str marks[] = { STR("error: "), STR("warning: ") };

	for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
		struct str rest = text, line;

		while (str_line(&rest, &line))
			if (read_line(str_chomp(line), marks[k], words, id))
				return true;
	}
	return false;
}

void
heard_begin(struct heard *h)
{
	h->text = NULL;
	h->size = 0;
	h->to = open_memstream(&h->text, &h->size);
	diag_init(&h->diag, h->to ? h->to : stderr, DIAG_COLOR_NEVER);
}

struct str
heard_end(struct heard *h, struct arena *a)
{
	struct str words = {0}, id;

	diag_release(&h->diag);
	if (!h->to)
		return words;
	if (fclose(h->to) == 0 && heard_first((struct str){ h->text, h->size }, &words, &id))
		words = arena_str(a, words);
	free(h->text);
	return words;
}

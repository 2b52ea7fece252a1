#include "runner/cli/category.h"

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static const struct {
	const char *word;
	unsigned set;
} words_known[] = {
	{ "lib", CATEGORY_LIB },
	{ "fail", CATEGORY_FAIL },
	{ "run", CATEGORY_RUN },
	{ "src", CATEGORY_SRC },	/* one file has all three */
	{ "log", CATEGORY_SRC },
	{ "inc", CATEGORY_SRC },
	{ "text", CATEGORY_TEXT },
	{ "doc", CATEGORY_DOC },
	{ "memo", CATEGORY_MEMO },
	{ "stats", CATEGORY_STATS },
	{ "tree", CATEGORY_TREE },
	{ "all", CATEGORY_ALL },
};

enum { KNOWN = sizeof words_known / sizeof *words_known };

static bool
complain(struct str word, struct diag *d)
{
	struct buf list = {0};

	for (size_t i = 0; i < KNOWN; i++)
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", words_known[i].word);
	diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
	    "--what takes one or more of %s, with commas between; not '%.*s'",
	    buf_cstr(&list), STR_ARG(word));
	buf_release(&list);
	return false;
}

bool
category_read(struct str words, unsigned *set, struct diag *d)
{
	*set = 0;
	do {
		struct str word = str_trim(str_cut(words, ',', &words));
		size_t i = 0;

		while (i < KNOWN && !str_eq(str_of(words_known[i].word), word))
			i++;
		if (i == KNOWN)
			return complain(word, d);
		*set |= words_known[i].set;
	} while (words.len > 0);
	return true;
}

enum category
category_of(enum kind kind)
{
	switch (kind) {
	case KIND_FAILURE:
		return CATEGORY_FAIL;
	case KIND_RUN:
	case KIND_RECORDED:
		return CATEGORY_RUN;
	case KIND_ABOUT:
		return CATEGORY_SRC;
	case KIND_TEXT:
		return CATEGORY_TEXT;
	case KIND_LEDGER:
		return CATEGORY_DOC;
	case KIND_OBJECT:
	case KIND_PIECES:
	case KIND_RESULT:
	case KIND_MANIFEST:
	case KIND_INPUTS:
		return CATEGORY_LIB;
	}
	return CATEGORY_LIB;
}

#include "runner/build/makerule.h"

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

struct str
makerule_sources(struct str rule)
{
	str_cut(rule, ':', &rule);
	return rule;
}

static bool
is_continued(struct str s)
{
	return str_starts(s, STR("\\\n")) || str_starts(s, STR("\\\r\n"));
}

/* Escapes are a backslash before a blank or '#', and "$$". */
struct str
makerule_next(struct str *sources, struct arena *a)
{
	struct buf name = {0};
	size_t i = 0;

	while (i < sources->len && (sources->data[i] == ' ' ||
	    is_continued(str_slice(*sources, i, sources->len))))
		i += sources->data[i] == ' ' ? 1 : 2;
	for (; i < sources->len; i++) {
		struct str here = str_slice(*sources, i, sources->len);

		if (here.data[0] == ' ' || here.data[0] == '\n' || is_continued(here))
			break;
		if (str_starts(here, STR("\\ ")) || str_starts(here, STR("\\#")) ||
		    str_starts(here, STR("$$")))
			i++;
		buf_byte(&name, sources->data[i]);
	}
	*sources = str_slice(*sources, i, sources->len);
	return buf_take(&name, a);
}

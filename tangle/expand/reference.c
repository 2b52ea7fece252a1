#include "tangle/expand/reference.h"

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"

bool
reference_read(struct str line, struct reference *r)
{
	struct str rest = str_trim(str_chomp(line));

	*r = (struct reference){ .indent = str_slice(line, 0, (size_t)(rest.data - line.data)) };
	if (rest.len < 5 || (rest.data[0] != '<' && rest.data[0] != '\\'))
		return false;
	if (rest.data[0] == '\\') {
		r->is_escaped = true;
		rest = str_slice(rest, 1, rest.len);
	}
	if (!str_starts(rest, STR("<<")) || !str_ends(rest, STR(">>")))
		return false;
	r->name = str_slice(rest, 2, rest.len - 2);
	return r->name.len > 0 && str_trim(r->name).len == r->name.len &&
	    str_find(r->name, STR("<<")) == r->name.len;
}

void
references_find(struct arena *a, struct block *b)
{
	struct reference *list = NULL, r;
	struct body rest = block_body(b);
	size_t n = 0, cap = 0;
	struct str line;

	for (size_t i = 0; body_line(&rest, &line); i++) {
		if (!reference_read(line, &r))
			continue;
		r.line = i;
		r.is_told = arena_alloc(a, 1, sizeof(bool));
		r.at = place_of(&b->document->source, r.name);
		list = mem_grow(list, &cap, n + 1, sizeof *list);
		list[n++] = r;
	}
	b->references = n ? arena_copy(a, list, n, sizeof *list) : NULL;
	b->nreferences = n;
	mem_free(list);
}

#include "tangle/expand/reference.h"

#include "tangle/document/block.h"

/* Could a block be called so by a reference? */
static bool
is_name(struct str s)
{
	return s.len > 0 && str_trim(s).len == s.len && str_find(s, STR("<<")) == s.len;
}

bool
reference_read(struct str line, struct str mark, struct reference *r)
{
	struct str rest = str_trim(str_chomp(line));
	struct str close = str_slice(STR(">>>"), 0, mark.len);

	*r = (struct reference){ .indent = str_slice(line, 0, (size_t)(rest.data - line.data)) };
	while (rest.len > 0 && rest.data[0] == '\\') {
		r->is_escaped = true;
		rest = str_slice(rest, 1, rest.len);
	}
	if (rest.len <= 2 * mark.len || !str_starts(rest, mark) || !str_ends(rest, close))
		return false;
	r->name = str_slice(rest, mark.len, rest.len - mark.len);
	return is_name(r->name);
}

bool
reference_next(struct str *rest, struct reference *r)
{
	struct str line = *rest;
	size_t from = 0, at;

	while ((at = from + str_find(str_slice(line, from, line.len), STR("<<"))) < line.len) {
		struct str name;

		while (at + 2 < line.len && line.data[at + 2] == '<')
			at++;
		name = str_slice(line, at + 2, line.len);
		from = at + 2;
		name = str_slice(name, 0, str_find(name, STR(">>")));
		if (at + 2 + name.len == line.len || !is_name(name))
			continue;
		*r = (struct reference){ .name = name, .is_inline = true };
		r->is_escaped = at > 0 && line.data[at - 1] == '\\';
		while (at > 0 && line.data[at - 1] == '\\')
			at--;
		r->indent = str_slice(line, 0, at);
		*rest = str_slice(line, from + name.len + 2, line.len);
		return true;
	}
	return false;
}

bool
reference_widen(struct str *rest, struct reference *r)
{
	size_t more = str_find(*rest, STR(">>"));
	struct str name = { r->name.data, r->name.len + 2 + more };

	if (more == rest->len || !is_name(name))
		return false;
	r->name = name;
	*rest = str_slice(*rest, more + 2, rest->len);
	return true;
}

enum inline_way
reference_way(const struct block *b)
{
	static const char *const words[] = {
		[INLINE_AUTO] = "true", [INLINE_COLUMN] = "column",
		[INLINE_PREFIX] = "prefix", [INLINE_AROUND] = "around",
	};
	const struct option *o = block_setting(b, "inline");

	for (enum inline_way way = INLINE_AUTO; o && way <= INLINE_AROUND; way++)
		if (str_eq(o->value, str_of(words[way])))
			return way;
	return INLINE_OFF;
}

struct place
reference_at(const struct reference *r)
{
	return place_of(r->source, r->name);
}

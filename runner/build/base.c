#include "runner/build/base.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

/* Does path lie below the folder? Then *rest is the way from there. */
static bool
lies_below(struct str path, struct str folder, struct str *rest)
{
	if (folder.len == 0 || !str_starts(path, folder))
		return false;
	*rest = str_slice(path, folder.len, path.len);
	if (rest->len > 0 && rest->data[0] != '/')
		return false;
	*rest = str_slice(*rest, 1, rest->len);
	return true;
}

static const struct base *
find(const struct bases *b, struct str path, struct str *rest)
{
	for (size_t i = 0; i < b->n; i++)
		if (lies_below(path, b->list[i].path, rest))
			return &b->list[i];
	return NULL;
}

struct str
base_portable(const struct bases *b, struct str path, struct arena *a)
{
	struct str rest;
	const struct base *base = find(b, path, &rest);

	return base ? arena_printf(a, "%.*s:%.*s", STR_ARG(base->name), STR_ARG(rest)) : path;
}

struct str
base_absolute(const struct bases *b, struct str portable, struct arena *a)
{
	struct str rest, name = str_cut(portable, ':', &rest);

	if (name.len == portable.len || portable.data[0] == '/')
		return portable;
	for (size_t i = 0; i < b->n; i++)
		if (str_eq(b->list[i].name, name))
			return arena_printf(a, "%.*s/%.*s",
			    STR_ARG(b->list[i].path), STR_ARG(rest));
	return portable;
}

struct str
base_shown(const struct bases *b, struct str path)
{
	struct str rest;

	return find(b, path, &rest) && rest.len > 0 ? rest : path;
}

struct str
base_portable_flag(const struct bases *b, struct str flag, struct arena *a)
{
	size_t slash = str_find_byte(flag, '/');
	struct buf out = {0};
	struct str path = str_slice(flag, slash, flag.len), rest;

	if (!find(b, path, &rest))
		return flag;
	buf_add(&out, str_slice(flag, 0, slash));
	buf_add(&out, base_portable(b, path, a));
	return buf_take(&out, a);
}

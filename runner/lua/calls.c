/*
 * Where Lua is.
 *
 * May run in a signal handler, at any point: it only looks, by those functions of
 * Lua's that push nothing and allocate nothing.
 */
#include "runner/lua/bridge.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INNER = 96, OUTER = PROTOCOL_LUA_CALLS - INNER,	/* of a deep recursion */
	LOOKED = 1000		/* calls among which one that C made is looked for */
};

struct list {
	struct lua_call *to;
	size_t n, most;
};

/* The number of the cell stands behind the NUL of its chunk's name (chunk.c). */
static uint64_t
cell_of(const lua_Debug *d)
{
	size_t len = strlen(d->source);

	return d->srclen > len + 1 ? strtoull(d->source + len + 1, NULL, 10) : UINT64_MAX;
}

static void
name(const lua_Debug *d, bool is_chunk, char to[PROTOCOL_NAME])
{
	if (is_chunk)
		to[0] = '\0';
	else if (d->name && strcmp(d->namewhat, "metamethod") == 0)
		snprintf(to, PROTOCOL_NAME, "metamethod %s", d->name);
	else if (d->name && strcmp(d->name, "?") != 0)
		snprintf(to, PROTOCOL_NAME, "%s", d->name);
	else
		snprintf(to, PROTOCOL_NAME, "the function of line %d", d->linedefined);
}

/* C's own calls are told by the host, and what a text made at run time says stands nowhere. */
static void
add(struct list *l, lua_State *L, lua_Debug *d, uint64_t sp, bool is_chunk)
{
	struct lua_call c = { .sp = sp };

	if (l->n == l->most || !lua_getinfo(L, "Snl", d) || *d->what == 'C')
		return;
	c.cell = cell_of(d);
	if (c.cell == UINT64_MAX)
		return;
	c.line = d->currentline > 0 ? (uint32_t)d->currentline : 0;
	name(d, is_chunk, c.name);
	l->to[l->n++] = c;
}

static int
depth(lua_State *L)
{
	lua_Debug d;
	int least = 0, most = 1;

	while (most < INT_MAX / 2 && lua_getstack(L, most, &d)) {
		least = most;
		most *= 2;
	}
	while (least < most) {
		int middle = least + (most - least) / 2;

		if (lua_getstack(L, middle, &d))
			least = middle + 1;
		else
			most = middle;
	}
	return most;
}

/* How many levels an activation has: those from `below` on were there before it. */
static int
levels(const struct activation *a, int all)
{
	lua_Debug d;

	for (int i = 0; a->below && i < all && i < LOOKED; i++)
		if (lua_getstack(a->L, i, &d) && d.i_ci == a->below)
			return i;
	return all;
}

static void
add_levels(struct list *l, lua_State *L, int from, int to, uint64_t sp, bool has_chunk)
{
	lua_Debug d;

	for (int i = from; i < to && l->n < l->most; i++)
		if (lua_getstack(L, i, &d))
			add(l, L, &d, sp, has_chunk && i == to - 1);
}

/* `skip` levels of the thread are told already. */
static int
add_activation(struct list *l, const struct activation *a, int skip)
{
	int all = depth(a->L), end;

	end = levels(a, all);
	if (end < skip)
		end = all;
	if (end - skip <= PROTOCOL_LUA_CALLS) {
		add_levels(l, a->L, skip, end, a->sp, a->is_cell);
		return end;
	}
	add_levels(l, a->L, skip, skip + INNER, a->sp, false);
	if (l->n > 0)
		l->to[l->n - 1].more = (uint32_t)(end - skip - INNER - OUTER);
	add_levels(l, a->L, end - OUTER, end, a->sp, a->is_cell);
	return end;
}

size_t
calls_now(struct lua_call *to, size_t most)
{
	struct list l = { to, 0, most };
	const struct activation *a, *inner = NULL;
	int told = 0;

	for (a = bridge_innermost; a && l.n < most; inner = a, a = a->outer) {
		if (!inner || inner->L != a->L)
			told = 0;
		told = add_activation(&l, a, told);
	}
	return l.n;
}

size_t
calls_of(lua_State *L, struct lua_call *to, size_t most)
{
	struct list l = { to, 0, most };
	int end = depth(L);

	add_levels(&l, L, 0, end < INNER ? end : INNER, 0, false);
	return l.n;
}

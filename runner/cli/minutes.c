#include "runner/cli/minutes.h"

#include <stdint.h>
#include <stdlib.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"

void
minutes_cell(struct minutes *m, struct json *cell)
{
	m->cells = mem_grow(m->cells, &m->room, m->ncells + 1, sizeof(struct json *));
	m->cells[m->ncells++] = cell;
}

void
minutes_message(struct minutes *m, struct json *message)
{
	m->said = mem_grow(m->said, &m->said_room, m->nsaid + 1, sizeof *m->said);
	m->said[m->nsaid++] = (struct said){ message, SIZE_MAX, 0 };
}

/* The last cell that begins at or before; SIZE_MAX: none. */
static size_t
find_cell(const struct minutes *m, const char *key, long long number)
{
	size_t first = 0, end = m->ncells;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (json_get_integer(m->cells[middle], key) <= number)
			first = middle + 1;
		else
			end = middle;
	}
	return first > 0 ? first - 1 : SIZE_MAX;
}

/* Of the cells of that number, the last of which is the k-th, the one that is meant. */
static size_t
find_instance(const struct minutes *m, size_t k, long long number, struct str instance)
{
	while (k != SIZE_MAX && json_get_integer(m->cells[k], "cell") == number) {
		if (str_eq(json_get_string(m->cells[k], "instance"), instance))
			return k;
		k = k > 0 ? k - 1 : SIZE_MAX;
	}
	return SIZE_MAX;
}

/* Preludes, which stand in front, have neither a number nor lines. */
static size_t
cell_of(const struct minutes *m, const struct json *message)
{
	long long about = json_get_integer(message, "cell"), line = json_get_integer(message, "line");
	size_t k;

	if (about > 0)
		return find_instance(m, find_cell(m, "cell", about), about,
		    json_get_string(message, "instance"));
	if (line == 0 || !str_eq(json_get_string(message, "file"), minutes_path(m)))
		return SIZE_MAX;
	k = find_cell(m, "line", line);
	return k != SIZE_MAX && json_get_integer(m->cells[k], "end_line") >= line ? k : SIZE_MAX;
}

static int
by_cell(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void
minutes_settle(struct minutes *m)
{
	for (size_t i = 0; i < m->nsaid; i++) {
		m->said[i].cell = cell_of(m, m->said[i].event);
		m->said[i].order = i;
	}
	if (m->nsaid > 0)
		qsort(m->said, m->nsaid, sizeof *m->said, by_cell);
}

const struct said *
minutes_said(const struct minutes *m, size_t cell, size_t *n)
{
	size_t first = 0, end = m->nsaid;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (m->said[middle].cell < cell)
			first = middle + 1;
		else
			end = middle;
	}
	while (end < m->nsaid && m->said[end].cell == cell)
		end++;
	*n = end - first;
	return m->said + first;
}

void
minutes_release(struct minutes *m)
{
	for (size_t i = 0; i < m->ncells; i++)
		json_end(m->cells[i]);
	for (size_t i = 0; i < m->nsaid; i++)
		json_end(m->said[i].event);
	json_end(m->begin);
	json_end(m->end);
	mem_free(m->cells);
	mem_free(m->said);
	*m = (struct minutes){0};
}

struct str
minutes_path(const struct minutes *m)
{
	return json_get_string(m->begin, "document");
}

bool
minutes_is_error(const struct json *message)
{
	return str_eq(json_get_string(message, "level"), STR("error"));
}

bool
minutes_is_id(const struct json *message, struct str id)
{
	return str_eq(json_get_string(message, "id"), id);
}

size_t
minutes_gravity(const struct json *message)
{
	return diag_gravity((enum status)json_get_integer(message, "status"));
}

const struct json *
minutes_error(const struct minutes *m, size_t cell)
{
	const struct json *worst = NULL;
	size_t n;
	const struct said *said = minutes_said(m, cell, &n);

	for (size_t i = 0; i < n; i++)
		if (minutes_is_error(said[i].event) &&
		    (!worst || minutes_gravity(said[i].event) < minutes_gravity(worst)))
			worst = said[i].event;
	return worst;
}

static void
write_one(const struct json *message, struct buf *to)
{
	struct str id = json_get_string(message, "id"), file = json_get_string(message, "file");

	buf_visible(to, file.len > 0 ? file : STR("skein"));
	if (json_get_integer(message, "line") > 0)
		buf_printf(to, ":%lld:%lld", json_get_integer(message, "line"),
		    json_get_integer(message, "column"));
	buf_printf(to, ": %.*s: ", STR_ARG(json_get_string(message, "level")));
	buf_visible(to, json_get_string(message, "text"));
	if (id.len > 0)
		buf_printf(to, " [%.*s]", STR_ARG(id));
	buf_byte(to, '\n');
}

void
minutes_write(const struct json *message, struct buf *to)
{
	const struct json *notes = json_get(message, "notes");

	write_one(message, to);
	for (size_t i = 0; i < json_length(notes); i++)
		write_one(json_at(notes, i), to);
}

void
minutes_name(const struct json *cell, struct buf *to)
{
	struct str name = json_get_string(cell, "name");
	struct str instance = json_get_string(cell, "instance");

	if (name.len > 0)
		buf_add(to, name);
	else
		buf_printf(to, "cell %lld", json_get_integer(cell, "cell"));
	if (instance.len > 0)
		buf_printf(to, "[%.*s]", STR_ARG(instance));
}

long long
minutes_time(const struct json *cell)
{
	return json_get_integer(cell, "nanoseconds");
}

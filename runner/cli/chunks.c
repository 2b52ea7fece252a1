#include "runner/cli/chunks.h"

#include "runner/session/outcome.h"
#include "runner/session/timeline.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

/* Bytes of what was printed to one stream, and how far they have been told. */
struct told {
	const struct captured *from;
	uint64_t at;		/* by all that was printed */
	uint64_t due;		/* what has come so far */
};

/* Of `part`, which begins at `start` of the stream, what lies in [from, to). */
static struct str
cut(struct str part, uint64_t start, uint64_t from, uint64_t to)
{
	uint64_t end = start + part.len;

	from = from < start ? start : from > end ? end : from;
	to = to < from ? from : to > end ? end : to;
	return str_slice(part, (size_t)(from - start), (size_t)(to - start));
}

/* A character is told whole, with its first byte. */
static uint64_t
whole(const struct told *t, uint64_t to)
{
	uint64_t tail = t->from->head.len + t->from->left_out;
	struct str next = cut(t->from->head, 0, to, to + 3);
	size_t n = 0;

	if (next.len == 0)
		next = cut(t->from->tail, tail, to, to + 3);
	while (n < next.len && ((unsigned char)next.data[n] & 0xC0) == 0x80)
		n++;
	return to + n;
}

static void
push(struct json *list, struct told *t, const struct moment *m)
{
	const struct captured *c = t->from;
	struct buf text = {0};
	struct json *one;
	uint64_t to;

	t->due += m->size;
	to = whole(t, t->due < c->total ? t->due : c->total);
	if (to <= t->at)
		return;
	buf_add(&text, cut(c->head, 0, t->at, to));
	buf_add(&text, cut(c->tail, c->head.len + c->left_out, t->at, to));
	one = json_new_object();
	json_put_string(one, "stream", m->is_err ? STR("stderr") : STR("stdout"));
	json_put_integer(one, "at", (long long)m->at);
	json_put_string(one, "text", buf_str(&text));
	if (text.len < to - t->at)
		json_put_integer(one, "left_out", (long long)(to - t->at - text.len));
	json_push(list, one);
	t->at = to;
	buf_release(&text);
}

struct json *
chunks_json(const struct outcome *o)
{
	struct told streams[2] = { { &o->out, 0, 0 }, { &o->err, 0, 0 } };
	struct json *list = json_new_array();

	for (size_t i = 0; i < o->nmoments; i++)
		push(list, &streams[o->moments[i].is_err], &o->moments[i]);
	return list;
}

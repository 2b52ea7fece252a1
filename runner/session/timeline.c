#include "runner/session/timeline.h"

#include "runner/build/loop.h"
#include "tangle/base/mem.h"

enum {
	MOST = 4096,		/* entries */
	ONE_MOMENT = 5000000	/* ns */
};

void
timeline_begin(struct timeline *t, int64_t began)
{
	t->began = began;
	t->n = 0;
}

/* The entry that these bytes belong to; NULL: they begin one. */
static struct moment *
joined(struct timeline *t, bool is_err, int64_t at)
{
	size_t i = t->n;

	if (i > 0 && t->list[i - 1].is_err == is_err && at - t->list[i - 1].at < ONE_MOMENT)
		return &t->list[i - 1];
	if (t->n < MOST)
		return NULL;
	while (i > 0 && t->list[i - 1].is_err != is_err)
		i--;
	return i > 0 ? &t->list[i - 1] : NULL;
}

void
timeline_add(struct timeline *t, bool is_err, uint64_t size)
{
	int64_t at = loop_now() - t->began;
	struct moment *m = joined(t, is_err, at);

	if (m) {
		m->size += size;
		return;
	}
	t->list = mem_grow(t->list, &t->cap, t->n + 1, sizeof *t->list);
	t->list[t->n++] = (struct moment){ at, size, is_err };
}

void
timeline_end(struct timeline *t, uint64_t took)
{
	int64_t all = loop_now() - t->began, by = took < (uint64_t)all ? all - (int64_t)took : 0;

	t->began += by;
	for (size_t i = 0; i < t->n; i++)
		t->list[i].at = t->list[i].at > by ? t->list[i].at - by : 0;
}

void
timeline_release(struct timeline *t)
{
	mem_free(t->list);
	*t = (struct timeline){0};
}

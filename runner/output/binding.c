#include "runner/output/binding.h"

#include "runner/output/align.h"
#include "runner/output/line.h"
#include "runner/output/normalizer.h"
#include "tangle/base/mem.h"

void
binding_release(struct binding *b)
{
	for (enum mark m = MARK_PICTURE; m < NMARKS; m++) {
		map_release(&b->made[m]);
		map_release(&b->recorded[m]);
	}
}

/* Sets *is_new if they were not bound before. */
static bool
bind(struct binding *b, const struct slot *r, const struct slot *m, bool *is_new)
{
	const struct slot *made = map_get(&b->made[r->mark], r->said);
	const struct slot *recorded = map_get(&b->recorded[r->mark], m->said);

	*is_new = !made && !recorded;
	if (*is_new) {
		map_put(&b->made[r->mark], r->said, (void *)m);
		map_put(&b->recorded[r->mark], m->said, (void *)r);
		return true;
	}
	return made && recorded && str_eq(made->said, m->said);
}

bool
binding_take(struct binding *b, const struct line *recorded, const struct line *made)
{
	size_t n = recorded->nslots, i;
	const struct slot **partners;
	bool *is_new, ok = true;

	if (n == 0)
		return true;
	partners = mem_zalloc(n, sizeof *partners);
	is_new = mem_zalloc(n, sizeof *is_new);
	if (!line_slots(recorded, made, partners))
		n = 0;				/* they match as they are */
	for (i = 0; i < n && ok; i++)
		if (mark_has_identity(recorded->slots[i].mark))
			ok = bind(b, &recorded->slots[i], partners[i], &is_new[i]);
	while (!ok && i-- > 0)
		if (is_new[i]) {
			map_remove(&b->made[recorded->slots[i].mark], recorded->slots[i].said);
			map_remove(&b->recorded[recorded->slots[i].mark], partners[i]->said);
		}
	mem_free(partners);
	mem_free(is_new);
	return ok;
}

void
binding_apply(struct way *w, const struct lines *recorded, const struct lines *made)
{
	struct binding b = {0};
	struct way bound = {0};

	for (size_t i = 0; i < w->n; i++) {
		const struct way_step *s = &w->list[i];

		if (s->fate == FATE_STAYS &&
		    line_equals(&recorded->list[s->recorded], &made->list[s->made]))
			binding_take(&b, &recorded->list[s->recorded], &made->list[s->made]);
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct way_step *s = &w->list[i];

		if (s->fate != FATE_STAYS ||
		    binding_take(&b, &recorded->list[s->recorded], &made->list[s->made])) {
			way_add(&bound, s->fate, s->recorded, s->made);
		} else {
			way_add(&bound, FATE_GOES, s->recorded, 0);
			way_add(&bound, FATE_NEW, 0, s->made);
		}
	}
	way_release(w);
	*w = bound;
	binding_release(&b);
}

#include "runner/session/scene.h"

#include <string.h>

#include "runner/session/number.h"

static size_t
read_memory(const void *library, uint64_t address, void *to, size_t n)
{
	return library_read(library, address, to, n);
}

void
scene_open(struct scene *s, struct library *l, const struct loaded *o, uint64_t pc, size_t n,
    const struct processor *m)
{
	s->library = l;
	s->object = o;
	s->dwarf = library_dwarf(l, o);
	s->pc = pc;
	s->line = (struct str){0};
	s->machine = *m;
	s->machine.base = o->base;
	s->machine.read = read_memory;
	s->machine.arg = l;
	s->nlocals = s->dwarf ? dwarf_locals(s->dwarf, pc, n, s->locals, SCENE_LOCALS) : 0;
}

bool
scene_local(struct scene *s, const struct local *v, struct thing *t)
{
	struct holding h;

	if (!dwarf_hold(s->dwarf, v, s->pc, &s->machine, &h))
		return false;
	*t = (struct thing){ .dwarf = s->dwarf, .type = v->type, .in_memory = h.in_memory, .at = h.at };
	memcpy(t->bytes, h.bytes, sizeof t->bytes);
	return true;
}

/* In its own object, or the last one before it that has such a variable. */
static bool
find_global(struct scene *s, struct str name, struct thing *t)
{
	const struct loaded *o;
	struct variable v;

	for (o = s->object; ; o--) {
		struct dwarf *d = o->base ? library_dwarf(s->library, o) : NULL;

		if (d && dwarf_named(d, name, &v)) {
			*t = (struct thing){ .dwarf = d, .type = v.type, .in_memory = true,
			    .at = o->base + v.at };
			return true;
		}
		if (o == s->library->objects)
			return false;
	}
}

bool
scene_find(struct scene *s, struct str name, struct thing *t)
{
	size_t i;
	bool found;

	for (i = 0; i < s->nlocals && !str_eq(s->locals[i].name, name); i++)
		;
	found = i < s->nlocals ? scene_local(s, &s->locals[i], t) : find_global(s, name, t);
	/* A reference is what it stands for. */
	return found && (t->type.kind != TYPE_REFERENCE || scene_element(s, t, 0));
}

bool
scene_bytes(const struct scene *s, const struct thing *t, void *to, size_t n)
{
	if (t->in_memory)
		return library_read(s->library, t->at, to, n) == n;
	if (n > sizeof t->bytes)
		return false;
	memcpy(to, t->bytes, n);
	return true;
}

bool
scene_number(const struct scene *s, const struct thing *t, int64_t *n)
{
	uint64_t bits = 0;
	bool is_signed = t->type.kind == TYPE_SIGNED || (t->type.kind == TYPE_CHAR && !t->type.is_unsigned);

	if (!is_signed && t->type.kind != TYPE_UNSIGNED && t->type.kind != TYPE_POINTER &&
	    t->type.kind != TYPE_REFERENCE && t->type.kind != TYPE_CHAR && t->type.kind != TYPE_BOOL &&
	    t->type.kind != TYPE_ENUM)
		return false;
	if (t->type.size == 0 || t->type.size > sizeof bits || !scene_bytes(s, t, &bits, t->type.size))
		return false;
	*n = is_signed ? number_signed(bits, (unsigned)t->type.size * 8) : (int64_t)bits;
	return true;
}

bool
scene_member(struct thing *t, struct str name)
{
	struct member m = {0};

	if (t->type.kind != TYPE_STRUCT || !t->in_memory)
		return false;
	while (dwarf_next_member(t->dwarf, &t->type, &m)) {
		struct thing inner = { .dwarf = t->dwarf, .type = m.type, .in_memory = true, .at = t->at + m.at };

		if (m.bits || m.at == UINT64_MAX)
			continue;
		if (str_eq(m.name, name) && !m.is_base) {
			*t = inner;
			return true;
		}
		/* Members of an anonymous struct, or of a base class, are the whole's. */
		if ((m.name.len == 0 || m.is_base) && m.type.offset != t->type.offset &&
		    scene_member(&inner, name)) {
			*t = inner;
			return true;
		}
	}
	return false;
}

bool
scene_element(const struct scene *s, struct thing *t, int64_t n)
{
	struct type its = t->type;
	uint64_t at = t->at;

	if (its.kind == TYPE_POINTER || its.kind == TYPE_REFERENCE) {
		int64_t pointer;

		if (!scene_number(s, t, &pointer))
			return false;
		at = (uint64_t)pointer;
	} else if (its.kind != TYPE_ARRAY || !t->in_memory) {
		return false;
	}
	if (!dwarf_target(t->dwarf, &its, &t->type) || (n != 0 && t->type.size == 0))
		return false;
	t->in_memory = true;
	t->at = at + (uint64_t)n * t->type.size;
	return true;
}

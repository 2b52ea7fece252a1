#include "runner/session/spelling.h"

#include "runner/session/dwarf.h"
#include "tangle/base/buf.h"

enum { STEPS_MAX = 100, HOPS_MAX = 16 };

struct speller {
	struct buf *to;
	struct dwarf *dwarf;
	unsigned left;		/* steps, so that no type is too long */
};

static void spell(struct speller *p, uint64_t declared, struct str declarator);

/* A pointer to what has its brackets behind the name stands in parentheses. */
static bool
binds_weaker(struct dwarf *d, uint64_t target)
{
	struct spelling s;
	unsigned hops;

	for (hops = 0; hops < HOPS_MAX && dwarf_spelling(d, target, &s); hops++) {
		if (s.kind != SPELL_QUALIFIER)
			return s.kind == SPELL_ARRAY || s.kind == SPELL_FUNCTION;
		target = s.next;
	}
	return false;
}

static void
add_parameters(struct speller *p, struct buf *to, uint64_t function, struct str none)
{
	struct speller inner = { to, p->dwarf, p->left };
	uint64_t declared;
	unsigned n;

	buf_byte(to, '(');
	for (n = 0; dwarf_parameter(p->dwarf, function, n, &declared); n++) {
		buf_add(to, n > 0 ? STR(", ") : STR(""));
		if (declared == DWARF_OTHERS)
			buf_add(to, n > 0 ? STR("...") : STR(""));	/* of `()`, too */
		else
			spell(&inner, declared, STR(""));
		if (inner.left == 0)
			break;
	}
	p->left = inner.left;
	buf_add(to, n == 0 ? none : STR(""));
	buf_byte(to, ')');
}

static void
add_dimensions(struct speller *p, struct buf *to, uint64_t array)
{
	uint64_t count;
	unsigned n;

	for (n = 0; dwarf_dimension(p->dwarf, array, n, &count); n++) {
		if (count > 0)
			buf_printf(to, "[%llu]", (unsigned long long)count);
		else
			buf_add(to, STR("[]"));
	}
}

static void
add_word(struct buf *to, struct str word, struct str declarator)
{
	buf_add(to, word);
	if (declarator.len > 0)
		buf_byte(to, ' ');
	buf_add(to, declarator);
}

/* What stands around the next type: nothing for a qualifier that goes before it. */
static void
add_around(struct speller *p, struct buf *inner, const struct spelling *s, uint64_t declared,
    struct str declarator)
{
	bool weak = s->kind == SPELL_POINTER && binds_weaker(p->dwarf, s->next);
	struct spelling next;

	switch (s->kind) {
	case SPELL_QUALIFIER:
		/* `const int`, but `*const`. */
		if (dwarf_spelling(p->dwarf, s->next, &next) && next.kind == SPELL_POINTER) {
			add_word(inner, s->keyword, declarator);
			return;
		}
		buf_printf(p->to, "%.*s ", STR_ARG(s->keyword));
		break;
	case SPELL_POINTER:
		buf_add(inner, weak ? STR("(") : STR(""));
		buf_add(inner, s->keyword);
		break;
	case SPELL_NAME:
	case SPELL_ARRAY:
	case SPELL_FUNCTION:
		break;
	}
	buf_add(inner, declarator);
	if (weak)
		buf_byte(inner, ')');
	if (s->kind == SPELL_ARRAY)
		add_dimensions(p, inner, declared);
	else if (s->kind == SPELL_FUNCTION)
		add_parameters(p, inner, declared, s->keyword);
}

/* The steps bound the recursion: types nest as a document says. */
static void
spell(struct speller *p, uint64_t declared, struct str declarator)
{
	struct spelling s;
	struct buf inner = {0};

	if (declared == 0) {
		add_word(p->to, STR("void"), declarator);
		return;
	}
	if (p->left == 0 || !dwarf_spelling(p->dwarf, declared, &s)) {
		add_word(p->to, STR("..."), declarator);
		return;
	}
	p->left--;
	if (s.kind == SPELL_NAME) {
		buf_add(p->to, s.keyword);
		add_word(p->to, s.name.len > 0 ? s.name : STR("{...}"), declarator);
		return;
	}
	add_around(p, &inner, &s, declared, declarator);
	spell(p, s.next, buf_str(&inner));
	buf_release(&inner);
}

void
spelling_declare(struct buf *to, struct dwarf *d, uint64_t declared, struct str declarator)
{
	struct speller p = { to, d, STEPS_MAX };

	spell(&p, declared, declarator);
}

void
spelling_add(struct buf *to, struct dwarf *d, uint64_t declared)
{
	spelling_declare(to, d, declared, STR(""));
}

/*
 * Which variables a running function has, and where: a small machine for the
 * location expressions of DWARF.  What it cannot do (pieces, values at entry,
 * threads' own variables, jumps) it gives up on.
 */
#include <stdlib.h>
#include <string.h>

#include "runner/session/die.h"
#include "runner/session/dwarf.h"

enum { STACK = 32, OPS_MAX = 256, WORD = sizeof(uint64_t) };

/* ---- location expressions ---- */

enum result { IN_MEMORY, IN_REGISTER, AS_VALUE };

struct evaluation {
	const struct processor *machine;
	Dwarf_Attribute *attribute;	/* that the expression is of */
	uint64_t base;			/* of the frame, for fbreg */
	bool has_base;
	enum result result;
	uint64_t stack[STACK];
	size_t n;
};

static bool
push(struct evaluation *e, uint64_t value)
{
	if (e->n == STACK)
		return false;
	e->stack[e->n++] = value;
	return true;
}

static bool
push_register(struct evaluation *e, uint64_t number, uint64_t offset)
{
	const struct processor *m = e->machine;

	if (number >= PROTOCOL_REGISTERS || !(m->known >> number & 1))
		return false;
	return push(e, m->registers[number] + offset);
}

static bool
dereference(struct evaluation *e, uint64_t size)
{
	uint64_t value = 0;

	if (e->n == 0 || size == 0 || size > WORD ||
	    e->machine->read(e->machine->arg, e->stack[e->n - 1], &value, size) != size)
		return false;
	e->stack[e->n - 1] = value;
	return true;
}

/* Operators of one and of two operands. */
static bool
operate(struct evaluation *e, unsigned op)
{
	uint64_t *b = e->n > 0 ? &e->stack[e->n - 1] : NULL, *a = e->n > 1 ? b - 1 : NULL;

	if (!b)
		return false;
	if (op == DW_OP_neg || op == DW_OP_not) {
		*b = op == DW_OP_neg ? -*b : ~*b;
		return true;
	}
	if (!a)
		return false;
	switch (op) {
	case DW_OP_plus: *a += *b; break;
	case DW_OP_minus: *a -= *b; break;
	case DW_OP_mul: *a *= *b; break;
	case DW_OP_and: *a &= *b; break;
	case DW_OP_or: *a |= *b; break;
	case DW_OP_xor: *a ^= *b; break;
	case DW_OP_shl: *a = *b < 64 ? *a << *b : 0; break;
	case DW_OP_shr: *a = *b < 64 ? *a >> *b : 0; break;
	case DW_OP_shra: *a = (uint64_t)((int64_t)*a >> (*b < 64 ? *b : 63)); break;
	default: return false;
	}
	e->n--;
	return true;
}

static bool
push_address(struct evaluation *e, const Dwarf_Op *op)
{
	Dwarf_Attribute operand;
	Dwarf_Addr address = op->number;

	if (op->atom != DW_OP_addr && (dwarf_getlocation_attr(e->attribute, op, &operand) != 0 ||
	    dwarf_formaddr(&operand, &address) != 0))
		return false;
	return push(e, address + e->machine->base);
}

static bool
push_constant(struct evaluation *e, const Dwarf_Op *op)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		return push(e, op->atom - DW_OP_lit0);
	switch (op->atom) {
	case DW_OP_const1u: case DW_OP_const1s: case DW_OP_const2u: case DW_OP_const2s:
	case DW_OP_const4u: case DW_OP_const4s: case DW_OP_const8u: case DW_OP_const8s:
	case DW_OP_constu: case DW_OP_consts:
		return push(e, op->number);	/* libdw has extended their signs */
	}
	return false;
}

static bool
do_op(struct evaluation *e, const Dwarf_Op *op)
{
	unsigned atom = op->atom;

	if (e->result != IN_MEMORY)	/* nothing may follow but what gives a piece */
		return false;
	if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		return push_register(e, atom - DW_OP_breg0, op->number);
	if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31) {
		e->result = IN_REGISTER;
		return push_register(e, atom - DW_OP_reg0, 0);
	}
	switch (atom) {
	case DW_OP_nop:
		return true;
	case DW_OP_bregx:
		return push_register(e, op->number, op->number2);
	case DW_OP_regx:
		e->result = IN_REGISTER;
		return push_register(e, op->number, 0);
	case DW_OP_fbreg:
		return e->has_base && push(e, e->base + op->number);
	case DW_OP_call_frame_cfa:
		return e->machine->frame && push(e, e->machine->frame);
	case DW_OP_addr: case DW_OP_addrx: case DW_OP_GNU_addr_index:
		return push_address(e, op);
	case DW_OP_plus_uconst:
		return push(e, op->number) && operate(e, DW_OP_plus);
	case DW_OP_dup:
		return e->n > 0 && push(e, e->stack[e->n - 1]);
	case DW_OP_drop:
		return e->n > 0 && e->n--;
	case DW_OP_deref:
		return dereference(e, WORD);
	case DW_OP_deref_size:
		return dereference(e, op->number);
	case DW_OP_stack_value:
		e->result = AS_VALUE;
		return e->n > 0;
	}
	return push_constant(e, op) || operate(e, atom);
}

/* What an attribute says at a pc; the result is on top of the stack. */
static bool
evaluate(struct evaluation *e, Dwarf_Attribute *attribute, uint64_t pc)
{
	Dwarf_Op *ops;
	size_t nops, i;

	e->attribute = attribute;
	e->result = IN_MEMORY;
	e->n = 0;
	if (!attribute || dwarf_getlocation_addr(attribute, pc, &ops, &nops, 1) != 1 ||
	    nops == 0 || nops > OPS_MAX)
		return false;
	for (i = 0; i < nops; i++)
		if (!do_op(e, &ops[i]))
			return false;
	return e->n > 0;
}

/* A constant that the compiler knew, instead of a place. */
static bool
take_constant(Dwarf_Die *die, size_t size, struct holding *h)
{
	Dwarf_Attribute attribute;
	Dwarf_Sword number;
	Dwarf_Block block;

	if (!dwarf_attr_integrate(die, DW_AT_const_value, &attribute))
		return false;
	h->size = size;
	if (dwarf_formsdata(&attribute, &number) == 0 && size <= sizeof number) {
		memcpy(h->bytes, &number, size);
		return true;
	}
	if (dwarf_formblock(&attribute, &block) != 0 || block.length != size)
		return false;
	memcpy(h->bytes, block.data, size);
	return true;
}

bool
dwarf_hold(struct dwarf *d, const struct local *v, uint64_t pc, const struct processor *m,
    struct holding *h)
{
	struct evaluation e = { .machine = m };
	Dwarf_Attribute attribute;
	Dwarf_Die die, function;

	*h = (struct holding){0};
	if (!dwarf_offdie(d->dw, v->die, &die) || !dwarf_offdie(d->dw, v->function, &function))
		return false;
	if (evaluate(&e, dwarf_attr(&function, DW_AT_frame_base, &attribute), pc)) {
		e.base = e.stack[e.n - 1];
		e.has_base = true;
	}
	if (!dwarf_hasattr_integrate(&die, DW_AT_location))
		return v->type.size <= sizeof h->bytes && take_constant(&die, v->type.size, h);
	if (!evaluate(&e, dwarf_attr_integrate(&die, DW_AT_location, &attribute), pc))
		return false;
	h->in_memory = e.result == IN_MEMORY;
	h->at = h->in_memory ? e.stack[e.n - 1] : 0;
	h->size = v->type.size;
	if (!h->in_memory && h->size <= WORD)
		memcpy(h->bytes, &e.stack[e.n - 1], h->size);
	return h->in_memory || h->size <= WORD;
}

/* ---- scopes ---- */

bool
die_is_function(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

static bool
is_block(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_lexical_block || die_is_function(die);
}

/*
 * Does the last die of a path hold functions, though its own code is elsewhere?  The
 * bodies of parallel regions stand inside of functions; those of lambdas in a class there,
 * or in one of a block there.  Other classes only declare.
 */
static bool
may_hold(Dwarf_Die *path, int depth)
{
	switch (dwarf_tag(&path[depth])) {
	case DW_TAG_subprogram:
	case DW_TAG_namespace:
		return true;
	case DW_TAG_lexical_block:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		while (depth-- > 0)
			if (dwarf_tag(&path[depth]) == DW_TAG_subprogram)
				return true;
		return false;
	default:
		return false;
	}
}

/* The innermost block around a pc. */
static bool
find_block(Dwarf_Die *unit, uint64_t pc, Dwarf_Die *found)
{
	Dwarf_Die stack[DIE_HOPS];
	bool any = false;
	int depth = 0;

	if (dwarf_child(unit, &stack[0]) != 0)
		return false;
	while (depth >= 0) {
		Dwarf_Die *die = &stack[depth];
		bool here = is_block(die) && dwarf_haspc(die, pc) == 1;

		if (here) {
			*found = *die;
			any = true;
		}
		if ((here || may_hold(stack, depth)) && depth + 1 < DIE_HOPS &&
		    dwarf_child(die, &stack[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (depth >= 0 && dwarf_siblingof(&stack[depth], &stack[depth]) != 0)
			depth--;
	}
	return any;
}

size_t
die_scopes(struct dwarf *d, uint64_t pc, Dwarf_Die *unit, Dwarf_Die **chain)
{
	Dwarf_Die block;
	int n;

	*chain = NULL;
	if (!die_unit_at(d, pc, unit) || !find_block(unit, pc, &block))
		return 0;
	/* Outwards from there: dwarf_getscopes leaves the chain at an inlined function. */
	n = dwarf_getscopes_die(&block, chain);
	return n > 0 ? (size_t)n : 0;
}

struct gathering {
	struct local *to;
	size_t n, max;
	uint64_t function;
};

static bool
is_known(const struct gathering *g, struct str name)
{
	for (size_t i = 0; i < g->n; i++)
		if (str_eq(g->to[i].name, name))
			return true;
	return false;
}

/* The variables of one scope; of those with one name only the first, which hides others. */
static void
gather(struct gathering *g, Dwarf_Die *scope, int tag)
{
	Dwarf_Die die;

	if (dwarf_child(scope, &die) != 0)
		return;
	do {
		struct local v = { .name = die_name(&die), .is_argument = tag == DW_TAG_formal_parameter,
		    .die = dwarf_dieoffset(&die), .function = g->function };
		int line = 0, column = 0;
		Dwarf_Attribute attribute;

		if (dwarf_tag(&die) != tag || v.name.len == 0 || is_known(g, v.name) ||
		    (dwarf_attr_integrate(&die, DW_AT_artificial, &attribute) &&
		    !str_eq(v.name, STR("this"))) ||
		    dwarf_attr_integrate(&die, DW_AT_declaration, &attribute) || !die_type(&die, &v.type))
			continue;
		if (dwarf_decl_line(&die, &line) == 0 && line > 0)
			v.line = (size_t)line;
		if (dwarf_decl_column(&die, &column) == 0 && column > 0)
			v.column = (size_t)column;
		g->to[g->n++] = v;
	} while (g->n < g->max && dwarf_siblingof(&die, &die) == 0);
}

size_t
dwarf_locals(struct dwarf *d, uint64_t pc, size_t n, struct local *to, size_t max)
{
	struct gathering g = { .to = to, .max = max };
	Dwarf_Die unit, *chain;
	size_t count = max > 0 ? die_scopes(d, pc, &unit, &chain) : 0, first, last, i;

	if (count == 0)
		return 0;
	for (first = 0; first < count && n > 0; first++)
		n -= die_is_function(&chain[first]);
	for (last = first; last < count && !die_is_function(&chain[last]); last++)
		;
	/* Of an inlined function the frame is that of the one around it. */
	for (i = last; i < count && dwarf_tag(&chain[i]) != DW_TAG_subprogram; i++)
		;
	if (i < count) {
		g.function = dwarf_dieoffset(&chain[i]);
		gather(&g, &chain[last], DW_TAG_formal_parameter);
		for (i = first; i <= last && g.n < g.max; i++)
			gather(&g, &chain[i], DW_TAG_variable);
	}
	free(chain);
	return g.n;
}

bool
dwarf_is_prologue(struct dwarf *d, uint64_t pc)
{
	Dwarf_Die unit, *chain;
	Dwarf_Addr *behind = NULL, low;
	bool before = false;
	size_t n = die_scopes(d, pc, &unit, &chain), i;

	for (i = 0; i < n && dwarf_tag(&chain[i]) != DW_TAG_subprogram; i++)
		;
	if (i < n && dwarf_lowpc(&chain[i], &low) == 0 &&
	    dwarf_entry_breakpoints(&chain[i], &behind) > 0)
		before = pc >= low && pc < behind[0];
	free(behind);
	free(chain);
	return before;
}

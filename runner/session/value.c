#include "runner/session/value.h"

#include <stddef.h>
#include <string.h>

#include "runner/session/dwarf.h"
#include "runner/session/library.h"
#include "runner/session/literal.h"
#include "runner/session/number.h"
#include "runner/session/protocol.h"
#include "runner/session/spelling.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum {
	STRING_MAX = 200,	/* characters */
	ITEMS_MAX = 100,	/* elements of an array that are written out */
	FOLD = 9,		/* so many equal ones become [a ... b] = */
	TEXT_MAX = 8192,
	DEPTH_MAX = 24,		/* of types in types and of pointers */
	POINTERS_MAX = 4,	/* one behind the other */
	PATH_MAX = 16,		/* members and elements to what a pointer leads to */
	NAME_MAX = 256
};

/* Bytes of a value, which may be cut short; `at` is where they lie, 0: somewhere. */
struct piece {
	struct str bytes;
	uint64_t at;
};

/* What is being shown, and reached by pointers. */
struct above {
	uint64_t at, type;
};

struct printer {
	struct library *library;
	struct dwarf *dwarf;
	struct buf *to;
	size_t end;		/* of `to`: no further */
	struct above above[POINTERS_MAX];
	unsigned nabove;
};

static void print(struct printer *p, const struct type *t, struct piece v, unsigned depth);

static struct piece
part_of(struct piece v, uint64_t from, uint64_t size)
{
	return (struct piece){ str_slice(v.bytes, from, from + size), v.at ? v.at + from : 0 };
}

static uint64_t
number_of(struct str bytes)
{
	uint64_t n = 0;

	memcpy(&n, bytes.data, bytes.len < sizeof n ? bytes.len : sizeof n);
	return n;
}

static bool
is_full(const struct printer *p)
{
	return p->to->len >= p->end;
}

static bool
is_scalar(const struct type *t)
{
	return t->kind != TYPE_ARRAY && t->kind != TYPE_STRUCT;
}

/* ---- enumerations ---- */

static uint64_t
mask_of(const struct type *t)
{
	return t->size < 8 ? (UINT64_C(1) << t->size * 8) - 1 : UINT64_MAX;
}

/* Names joined by |, if each is one bit; false, and nothing appended, if that is not all. */
static bool
print_flags(struct printer *p, const struct type *t, uint64_t n)
{
	size_t begin = p->to->len;
	struct enumerator e = {0};
	bool only_flags = true;
	uint64_t known = 0, left = n;

	while (dwarf_next_enumerator(p->dwarf, t, &e)) {
		uint64_t flag = e.value & mask_of(t);

		/* Only single bits: 3 is not ONE | TWO of a plain enumeration. */
		if (flag & (flag - 1)) {
			only_flags = only_flags && (flag & ~known) == 0;
			continue;
		}
		known |= flag;
		if (!(left & flag))
			continue;
		buf_add(p->to, p->to->len > begin ? STR(" | ") : STR(""));
		buf_add(p->to, e.name);
		left &= ~flag;
	}
	if (left && only_flags && p->to->len > begin) {
		buf_printf(p->to, " | 0x%llx", (unsigned long long)left);
		left = 0;
	}
	if (left || n == 0)
		p->to->len = begin;
	return p->to->len > begin;
}

static void
print_enum(struct printer *p, const struct type *t, uint64_t n)
{
	struct enumerator e = {0};

	n &= mask_of(t);
	while (dwarf_next_enumerator(p->dwarf, t, &e)) {
		if ((e.value & mask_of(t)) == n) {
			buf_add(p->to, e.name);
			return;
		}
	}
	if (!print_flags(p, t, n))
		buf_printf(p->to, "%lld", (long long)number_signed(n, (unsigned)t->size * 8));
}

/* ---- text ---- */

static bool
is_zero(struct str s)
{
	return s.len == 0 || (s.data[0] == 0 && memcmp(s.data, s.data + 1, s.len - 1) == 0);
}

/* The length of a string in units, at most all of it. */
static size_t
string_length(struct str s, size_t unit)
{
	size_t n;

	for (n = 0; (n + 1) * unit <= s.len; n++)
		if (is_zero(str_slice(s, n * unit, (n + 1) * unit)))
			break;
	return n;
}

static void
print_string(struct printer *p, const struct type *t, struct str s, size_t length, bool goes_on)
{
	bool cut = length > STRING_MAX;

	literal_string(p->to, str_slice(s, 0, (cut ? STRING_MAX : length) * t->size), t->size,
	    t->prefix);
	if (cut || goes_on)
		buf_add(p->to, STR("..."));
}

/* The string at an address; false if none can be read there. */
static bool
print_string_at(struct printer *p, const struct type *t, uint64_t address)
{
	char bytes[(STRING_MAX + 1) * 4];
	size_t most = (STRING_MAX + 1) * t->size, n, length;
	struct str s = { bytes, 0 };

	if (t->size == 0 || most > sizeof bytes)
		return false;
	n = library_read(p->library, address, bytes, most);
	s.len = n - n % t->size;
	length = string_length(s, t->size);
	if (length * t->size == s.len && n < most)
		return false;		/* what can be read has no end */
	print_string(p, t, s, length, false);
	return true;
}

/*
 * Characters in an array: up to where only NULs follow.  Behind the first NUL
 * may be what nobody has put there, if that is no text.
 */
static void
print_text(struct printer *p, const struct type *t, struct str s, bool is_cut)
{
	size_t length = string_length(s, t->size), all = s.len / t->size;
	struct str behind = str_slice(s, length * t->size, s.len);

	if (is_cut || is_zero(behind) || t->size > 1 || !literal_is_text(behind)) {
		print_string(p, t, s, length, is_cut || !is_zero(behind));
		return;
	}
	while (s.data[all - 1] == 0)
		all--;
	print_string(p, t, s, all, false);
}

/* ---- pointers ---- */

static void
print_address(struct printer *p, const struct type *t, uint64_t address)
{
	buf_byte(p->to, '(');
	spelling_add(p->to, p->dwarf, t->declared);
	buf_printf(p->to, ") 0x%llx", (unsigned long long)address);
}

static struct str
name_of(struct dwarf *d, const struct type *t)
{
	struct spelling s;

	return dwarf_spelling(d, t->offset, &s) ? s.name : (struct str){0};
}

/* Most likely: of other objects only names and sizes can be compared. */
static bool
same_type(struct dwarf *d, const struct type *t, struct dwarf *other, const struct type *u)
{
	if (t->kind != u->kind || t->size != u->size)
		return false;
	if (t->kind == TYPE_ARRAY)
		return t->count == u->count;
	return (d == other && t->offset == u->offset) || str_eq(name_of(d, t), name_of(other, u));
}

enum path { PATH_NONE, PATH_WHOLE /* &v, &v.m */, PATH_ELEMENT /* &v[1] */, PATH_DECAYED /* v */ };

/* One step from a struct or an array into what holds the byte at *offset. */
static enum path
step_into(struct dwarf *d, struct type *t, uint64_t *offset, struct buf *path)
{
	struct member m = {0};
	struct type element;
	uint64_t index;

	if (t->kind == TYPE_STRUCT) {
		while (dwarf_next_member(d, t, &m)) {
			if (m.bits || m.at > *offset || *offset - m.at >= m.type.size)
				continue;
			if (m.name.len > 0 && !m.is_base)
				buf_printf(path, ".%.*s", STR_ARG(m.name));
			*offset -= m.at;
			*t = m.type;
			return PATH_WHOLE;
		}
	} else if (t->kind == TYPE_ARRAY && dwarf_target(d, t, &element) && element.size > 0) {
		index = *offset / element.size;
		buf_printf(path, "[%llu]", (unsigned long long)index);
		*offset %= element.size;
		*t = element;
		return index == 0 ? PATH_DECAYED : PATH_ELEMENT;
	}
	return PATH_NONE;
}

/* From a variable to the target of a pointer into it. */
static enum path
find_path(struct printer *p, struct dwarf *d, const struct variable *v, uint64_t offset,
    const struct type *target, struct buf *path)
{
	struct type t = v->type;
	enum path last = PATH_WHOLE;
	size_t before = path->len;
	unsigned hops;

	for (hops = 0; hops < PATH_MAX; hops++) {
		/* void is everything. */
		if (offset == 0 && (target->kind == TYPE_OTHER || same_type(d, &t, p->dwarf, target))) {
			if (last == PATH_DECAYED)
				path->len = before;
			return last;
		}
		before = path->len;
		last = step_into(d, &t, &offset, path);
		if (last == PATH_NONE)
			break;
	}
	return PATH_NONE;
}

/* Does a later cell use its name for something else? */
static bool
is_hidden(struct library *l, const struct loaded *o, struct str name)
{
	for (o++; o < l->objects + l->n; o++) {
		struct dwarf *d = o->base ? library_dwarf(l, o) : NULL;

		if (d && dwarf_has_variable(d, name))
			return true;
	}
	return false;
}

/* &name and so on, if the target is (part of) a variable that has one. */
static bool
print_place(struct printer *p, const struct type *target, uint64_t address)
{
	const struct loaded *o = library_object(p->library, address);
	struct dwarf *d = o ? library_dwarf(p->library, o) : NULL;
	struct variable v;
	struct buf path = {0};
	enum path found = PATH_NONE;

	if (d && dwarf_variable(d, address - o->base, &v) && !is_hidden(p->library, o, v.name))
		found = find_path(p, d, &v, address - o->base - v.at, target, &path);
	/* Of characters in an array the text says more. */
	if (target->kind == TYPE_CHAR && found != PATH_WHOLE)
		found = PATH_NONE;
	if (found != PATH_NONE)
		buf_printf(p->to, "%s%.*s%.*s", found == PATH_DECAYED ? "" : "&", STR_ARG(v.name),
		    STR_ARG(buf_str(&path)));
	buf_release(&path);
	return found != PATH_NONE;
}

/* What an address of the type is a multiple of; `depth` bounds the recursion. */
static uint64_t
alignment(struct dwarf *d, const struct type *t, unsigned depth)
{
	struct member m = {0};
	struct type element;
	uint64_t most = 1, one;

	if (t->kind == TYPE_ARRAY && !t->is_vector)
		return depth > 0 && dwarf_target(d, t, &element) ? alignment(d, &element, depth - 1) : 1;
	if (t->kind != TYPE_STRUCT)
		return t->size == 2 || t->size == 4 || t->size == 8 ? t->size : 1;
	while (depth > 0 && dwarf_next_member(d, t, &m)) {
		one = m.bits ? 1 : alignment(d, &m.type, depth - 1);
		/* A packed one has members anywhere. */
		if (m.at % one != 0)
			return 1;
		most = one > most ? one : most;
	}
	return most;
}

static void
print_brief(struct printer *p, const struct type *target, const char *instead)
{
	buf_add(p->to, STR("&("));
	spelling_add(p->to, p->dwarf, target->declared);
	buf_printf(p->to, "){%s}", instead);
}

/* The target as a literal. */
static void
print_literal(struct printer *p, const struct type *target, struct piece v, unsigned depth)
{
	bool braces;

	buf_add(p->to, STR("&("));
	spelling_add(p->to, p->dwarf, target->declared);
	buf_byte(p->to, ')');
	p->above[p->nabove++] = (struct above){ v.at, target->offset };
	braces = target->kind != TYPE_STRUCT && target->kind != TYPE_ARRAY;
	buf_add(p->to, braces ? STR("{") : STR(""));
	print(p, target, v, depth + 1);
	buf_add(p->to, braces ? STR("}") : STR(""));
	p->nabove--;
}

static bool
is_above(const struct printer *p, uint64_t at, const struct type *t)
{
	unsigned i;

	for (i = 0; i < p->nabove; i++)
		if (p->above[i].at == at && p->above[i].type == t->offset)
			return true;
	return false;
}

static void
print_target(struct printer *p, const struct type *t, const struct type *target, uint64_t at,
    unsigned depth)
{
	bool is_named = target->is_incomplete || target->is_private;
	uint64_t most = target->size < PROTOCOL_VALUE ? target->size : PROTOCOL_VALUE;
	size_t size = is_named ? 1 : (size_t)most;
	char *bytes = mem_alloc(size + 1, 1);

	if ((size == 0 && target->kind != TYPE_STRUCT) || target->kind == TYPE_OTHER ||
	    at % alignment(p->dwarf, target, 4) != 0 ||
	    library_read(p->library, at, bytes, size) != size)
		print_address(p, t, at);
	else if (is_named)
		print_brief(p, target, "...");
	else if (is_above(p, at, target))
		print_brief(p, target, "/* above */");
	else if (p->nabove == POINTERS_MAX || is_full(p))
		print_brief(p, target, "...");
	else
		print_literal(p, target, (struct piece){ { bytes, size }, at }, depth);
	mem_free(bytes);
}

static void
print_pointer(struct printer *p, const struct type *t, uint64_t address, unsigned depth)
{
	struct type target = { .kind = TYPE_OTHER };
	struct str name = {0};

	if (address == 0) {
		buf_add(p->to, STR("NULL"));
		return;
	}
	(void)dwarf_target(p->dwarf, t, &target);
	if (target.kind == TYPE_FUNCTION)
		name = library_function(p->library, address);
	if (name.len > 0)
		buf_add(p->to, name);
	else if (target.kind == TYPE_FUNCTION)
		print_address(p, t, address);
	else if (!print_place(p, &target, address) &&
	    !(target.kind == TYPE_CHAR && print_string_at(p, &target, address)))
		print_target(p, t, &target, address, depth);
}

/* A function by itself; its address is the value. */
static void
print_function(struct printer *p, const struct type *t, uint64_t address)
{
	struct str name = library_function(p->library, address);

	if (name.len > 0)
		buf_add(p->to, name);
	else
		print_address(p, t, address);
}

/* A C++ reference is what it stands for. */
static void
print_reference(struct printer *p, const struct type *t, uint64_t address, unsigned depth)
{
	struct type target = {0};
	char *bytes;

	(void)dwarf_target(p->dwarf, t, &target);
	if (target.size == 0 || target.size > PROTOCOL_VALUE) {
		print_address(p, t, address);
		return;
	}
	bytes = mem_alloc(target.size, 1);
	if (library_read(p->library, address, bytes, target.size) == target.size)
		print(p, &target, (struct piece){ { bytes, target.size }, address }, depth + 1);
	else
		print_address(p, t, address);
	mem_free(bytes);
}

/* ---- arrays ---- */

static bool
is_text(const struct type *array, const struct type *element, struct str bytes)
{
	if (array->is_vector)
		return false;
	return element->kind == TYPE_CHAR ||
	    (element->is_byte && bytes.len > 0 && !is_zero(bytes) && literal_is_text(bytes));
}

/* How many elements from the first on are equal. */
static uint64_t
run_of(struct str bytes, uint64_t size, uint64_t most)
{
	uint64_t n = 1;

	while (n < most && memcmp(bytes.data, bytes.data + n * size, size) == 0)
		n++;
	return n;
}

static void
print_elements(struct printer *p, const struct type *element, uint64_t count, struct piece v,
    unsigned depth)
{
	uint64_t size = element->size, i = 0, run;
	uint64_t there = size ? v.bytes.len / size : count;
	unsigned items;

	buf_byte(p->to, '{');
	for (items = 0; i < count; items++, i += run) {
		buf_add(p->to, i > 0 ? STR(", ") : STR(""));
		if (items == ITEMS_MAX || i >= there || is_full(p)) {
			buf_add(p->to, STR("..."));
			break;
		}
		run = size == 0 ? count - i : run_of(str_slice(v.bytes, i * size, v.bytes.len),
		    size, (count < there ? count : there) - i);
		if (run >= FOLD)
			buf_printf(p->to, "[%llu ... %llu] = ", (unsigned long long)i,
			    (unsigned long long)(i + run - 1));
		else
			run = 1;
		print(p, element, part_of(v, i * size, size), depth + 1);
	}
	buf_byte(p->to, '}');
}

static void
print_array(struct printer *p, const struct type *t, struct piece v, unsigned depth)
{
	struct type element;
	uint64_t count = t->count;
	bool is_open = !t->has_count;

	if (!dwarf_target(p->dwarf, t, &element)) {
		buf_add(p->to, STR("{...}"));
		return;
	}
	/* Of one whose length only the running function knows, all elements in a row. */
	while (is_open && element.kind == TYPE_ARRAY && !element.has_count)
		if (!dwarf_target(p->dwarf, &element, &element))
			break;
	if (is_open)
		count = element.size ? v.bytes.len / element.size : 0;
	if (is_open && count == 0) {
		/* A flexible member: only of a string is the end known. */
		if (element.kind != TYPE_CHAR || !v.at || !print_string_at(p, &element, v.at))
			buf_add(p->to, STR("{...}"));
	} else if (is_text(t, &element, v.bytes)) {
		print_text(p, &element, v.bytes, v.bytes.len < t->size);
	} else {
		print_elements(p, &element, count, v, depth);
	}
}

/* ---- structures ---- */

static void
print_bits(struct printer *p, const struct member *m, struct str bytes)
{
	char storage[16] = {0};
	uint64_t n = 0;

	/* A field may reach over one byte more than its type has. */
	memcpy(storage, bytes.data, bytes.len < sizeof storage ? bytes.len : sizeof storage);
	memcpy(&n, storage, sizeof n);
	n >>= m->shift;
	if (m->bits + m->shift > 64)
		n |= (uint64_t)(unsigned char)storage[8] << (64 - m->shift);
	if (m->bits < 64)
		n &= (UINT64_C(1) << m->bits) - 1;
	if (m->type.kind == TYPE_SIGNED)
		n = (uint64_t)number_signed(n, m->bits);
	memset(storage, 0, sizeof storage);
	memcpy(storage, &n, sizeof n);
	print(p, &m->type, (struct piece){ { storage, sizeof storage }, 0 }, DEPTH_MAX);
}

static void
print_member(struct printer *p, const struct member *m, struct piece v, unsigned depth)
{
	uint64_t size = m->bits ? (m->bits + m->shift + 7) / 8 : m->type.size;
	uint64_t there = m->at < v.bytes.len ? v.bytes.len - m->at : 0;

	if (!m->bits && !is_scalar(&m->type) && size > there)
		size = there;		/* what there is of it */
	if (m->at > v.bytes.len || size > there) {
		buf_add(p->to, STR("..."));
		return;
	}
	if (m->is_base)
		buf_add(p->to, m->name);
	else if (m->name.len > 0)
		buf_printf(p->to, ".%.*s = ", STR_ARG(m->name));
	if (m->bits)
		print_bits(p, m, str_slice(v.bytes, m->at, v.bytes.len));
	else
		print(p, &m->type, part_of(v, m->at, size), depth + 1);
}

static void
print_struct(struct printer *p, const struct type *t, struct piece v, unsigned depth)
{
	struct member m = {0};
	bool first = true;

	if (t->is_private || t->is_incomplete) {
		buf_add(p->to, STR("{...}"));
		return;
	}
	buf_byte(p->to, '{');
	while (dwarf_next_member(p->dwarf, t, &m)) {
		if (m.bits && m.name.len == 0)
			continue;	/* padding */
		buf_add(p->to, first ? STR("") : STR(", "));
		first = false;
		if (is_full(p)) {
			buf_add(p->to, STR("..."));
			break;
		}
		print_member(p, &m, v, depth);
	}
	buf_byte(p->to, '}');
}

/* ---- any value ---- */

/* `depth` bounds the recursion: types nest as a document says. */
static void
print(struct printer *p, const struct type *t, struct piece v, unsigned depth)
{
	struct str bytes = str_slice(v.bytes, 0, is_scalar(t) ? t->size : v.bytes.len);

	if (depth > DEPTH_MAX || (is_scalar(t) && (bytes.len < t->size || bytes.len == 0))) {
		buf_add(p->to, STR("..."));
		return;
	}
	switch (t->kind) {
	case TYPE_SIGNED:
	case TYPE_UNSIGNED:
		number_integer(p->to, bytes, t->kind == TYPE_UNSIGNED);
		break;
	case TYPE_CHAR:
		literal_character(p->to, bytes, t->prefix);
		break;
	case TYPE_BOOL:
		buf_add(p->to, number_of(bytes) ? STR("true") : STR("false"));
		break;
	case TYPE_FLOAT:
		number_float(p->to, bytes, t->base);
		break;
	case TYPE_COMPLEX:
		number_complex(p->to, bytes, t->base, t->is_integer, t->is_unsigned);
		break;
	case TYPE_ENUM:
		print_enum(p, t, number_of(bytes));
		break;
	case TYPE_POINTER:
		print_pointer(p, t, number_of(bytes), depth);
		break;
	case TYPE_REFERENCE:
		print_reference(p, t, number_of(bytes), depth);
		break;
	case TYPE_STRUCT:
		print_struct(p, t, v, depth);
		break;
	case TYPE_ARRAY:
		print_array(p, t, v, depth);
		break;
	case TYPE_FUNCTION:
	case TYPE_OTHER:
		buf_add(p->to, STR("..."));
		break;
	}
}

/* The member of that name, also one of an anonymous member; `depth` bounds the recursion. */
static bool
find_member(struct dwarf *d, const struct type *t, struct str name, unsigned depth, struct member *m)
{
	struct member inner;

	*m = (struct member){0};
	while (dwarf_next_member(d, t, m)) {
		if (str_eq(m->name, name))
			return true;
		if (m->name.len == 0 && depth > 0 &&
		    find_member(d, &m->type, name, depth - 1, &inner)) {
			*m = inner;
			return true;
		}
	}
	return false;
}

/* A bit-field, whose value is there as the integer that it was promoted to. */
static void
print_field(struct printer *p, const struct type *t, uint64_t name_at, struct str bytes)
{
	char name[NAME_MAX];
	size_t n = library_read(p->library, name_at, name, sizeof name);
	struct str s = { name, n };
	struct member m;
	char storage[16] = {0};
	int64_t value = number_signed(number_of(bytes), (unsigned)bytes.len * 8);

	memcpy(storage, &value, sizeof value);
	s = str_slice(s, 0, str_find_byte(s, '\0'));
	if (find_member(p->dwarf, t, s, 8, &m))
		print(p, &m.type, (struct piece){ { storage, sizeof storage }, 0 }, 0);
	else
		number_integer(p->to, bytes, false);
}

bool
value_text(struct library *l, const struct value *v, struct buf *to)
{
	const struct loaded *o = library_object(l, v->marker);
	struct printer p = { .library = l, .to = to, .end = to->len + TEXT_MAX };
	size_t size = v->size < PROTOCOL_VALUE ? (size_t)v->size : PROTOCOL_VALUE;
	struct type t;
	struct piece piece;
	char *bytes;
	bool done = false;

	p.dwarf = o ? library_dwarf(l, o) : NULL;
	if (!p.dwarf || !dwarf_marker(p.dwarf, v->marker - o->base, &t))
		return false;
	bytes = mem_alloc(size + 1, 1);
	piece = (struct piece){ { bytes, size }, 0 };	/* behind a copy is something else */
	if (library_read(l, v->at, bytes, size) == size) {
		done = true;
		if (v->member)
			print_field(&p, &t, v->member, piece.bytes);
		else if (t.kind == TYPE_FUNCTION)
			print_function(&p, &t, number_of(piece.bytes));
		else
			print(&p, &t, piece, 0);
	}
	mem_free(bytes);
	return done;
}

void
value_of(struct library *l, struct dwarf *d, const struct type *t, struct str bytes,
    uint64_t at, size_t most, struct buf *to)
{
	struct printer p = { .library = l, .dwarf = d, .to = to, .end = to->len + most };

	print(&p, t, (struct piece){ bytes, at }, 0);
}

#define _GNU_SOURCE	/* SI_KERNEL */
#include "runner/session/fault.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/session/backtrace.h"
#include "runner/session/explain.h"
#include "runner/session/image.h"
#include "runner/session/instruction.h"
#include "runner/session/scene.h"
#include "tangle/base/buf.h"

enum { LARGE = 1 << 20 };	/* bytes of one frame */

static void
add_mebibytes(struct buf *b, uint64_t bytes)
{
	buf_printf(b, "%.1f MiB", (double)bytes / (1 << 20));
}

/* A frame that is most of a stack: its largest variable, if that is why. */
static bool
tell_large_frame(const struct fault *f, struct buf *b)
{
	const struct call *calls = f->calls->trace->calls;
	const struct local *largest = NULL;
	struct str function = f->calls->lines[0].frame.function;

	for (size_t i = 0; i < f->scene->nlocals; i++)
		if (!largest || f->scene->locals[i].type.size > largest->type.size)
			largest = &f->scene->locals[i];
	if (!largest || largest->type.size < LARGE) {
		if (f->calls->told->count < 2 || calls[1].sp < calls[0].sp || calls[1].sp - calls[0].sp < LARGE)
			return false;
		buf_add(b, STR("stack overflow: the variables"));
		if (function.len > 0)
			buf_printf(b, " of %.*s", STR_ARG(function));
		buf_add(b, STR(" need "));
		add_mebibytes(b, calls[1].sp - calls[0].sp);
		return true;
	}
	buf_printf(b, "stack overflow: '%.*s'", STR_ARG(largest->name));
	if (function.len > 0)
		buf_printf(b, " in %.*s", STR_ARG(function));
	buf_add(b, STR(" takes "));
	add_mebibytes(b, largest->type.size);
	return true;
}

/* It calls itself from several of its lines, in no order. */
static bool
tell_repetition(const struct fault *f, struct buf *b)
{
	struct str function = f->calls->lines[0].frame.function;
	size_t same = 0;

	for (size_t i = 0; i < f->calls->n; i++)
		same += str_eq(f->calls->lines[i].frame.function, function);
	if (function.len == 0 || f->calls->gap >= f->calls->n || same < f->calls->n / 2)
		return false;
	buf_printf(b, "stack overflow: %.*s calls itself without end", STR_ARG(function));
	return true;
}

/* "f calls itself", "f and g call each other" */
static bool
tell_recursion(const struct fault *f, struct buf *b)
{
	const struct frame *last = NULL;
	struct str names[BACKTRACE_PERIOD];
	size_t n = 0, first;

	for (size_t i = 0; i < f->nframes && !last; i++)
		if (f->frames[i].period > 0)
			last = &f->frames[i];
	if (!last)
		return tell_repetition(f, b);
	first = (size_t)(last - f->frames) + 1 - last->period;
	for (size_t i = first; i < first + last->period; i++) {
		size_t k = 0;

		while (k < n && !str_eq(names[k], f->frames[i].function))
			k++;
		if (k == n && f->frames[i].function.len > 0)
			names[n++] = f->frames[i].function;
	}
	if (n == 0)
		return false;
	buf_add(b, STR("stack overflow: "));
	for (size_t k = 0; k < n; k++)
		buf_printf(b, "%s%.*s", k == 0 ? "" : k + 1 == n ? " and " : ", ", STR_ARG(names[k]));
	buf_add(b, n == 1 ? STR(" calls itself without end") : STR(" call each other without end"));
	return true;
}

/* A literal or a constant: nothing that is there was written for that. */
static bool
tell_constant(const struct fault *f, struct buf *b)
{
	uint64_t at = f->crash->address;
	const struct loaded *o = library_object(f->calls->library, at);
	struct dwarf *d = o ? library_dwarf(f->calls->library, o) : NULL;
	struct variable v;
	struct image image;
	struct str target;

	if (!o || !image_open(&image, session_object_bytes(&o->object)))
		return false;
	if (d && dwarf_variable(d, at - o->base, &v)) {
		buf_printf(b, "write to '%.*s', which is const", STR_ARG(v.name));
		return true;
	}
	if (image_is_code(&image, at - o->base)) {
		buf_add(b, STR("write to the code of a function"));
		return true;
	}
	target = f->calls->lines[0].call == 0 ? explain_target(f->scene, f->crash, f->arena) : STR("");
	if (target.len > 0)
		buf_printf(b, "write to %.*s, which is read-only: ", STR_ARG(target));
	else
		buf_add(b, STR("write to read-only memory: "));
	buf_add(b, STR("a string literal or constant"));
	return true;
}

/* The function of libc, or of <skein.h>, that it was in, by the name that the document calls it. */
static struct str
foreign_function(const struct fault *f)
{
	size_t call = f->calls->lines[0].call;
	struct str name;

	if (call == 0)
		return (struct str){0};
	name = library_function(f->calls->library, f->calls->trace->calls[call - 1].function);
	return str_starts(name, STR("__skein_")) ? str_slice(name, 2, name.len) : name;
}

static const char *
verb_of(const struct report *r)
{
	return r->flags & REPORT_WRITE ? "write" : r->flags & REPORT_READ ? "read" : "access";
}

/* "read through s in strlen, where s is NULL" */
static bool
tell_pointer(const struct fault *f, struct str function, struct buf *b)
{
	const struct report *r = f->crash;
	uint64_t value;
	struct str text = explain_pointer(f->scene, r, f->arena, &value);

	if (text.len == 0)
		return false;
	buf_printf(b, "%s through %.*s", verb_of(r), STR_ARG(text));
	if (function.len > 0)
		buf_printf(b, " in %.*s", STR_ARG(function));
	buf_printf(b, ", where %.*s is ", STR_ARG(text));
	if (value)
		buf_printf(b, "0x%llx", (unsigned long long)value);
	else
		buf_add(b, STR("NULL"));
	return true;
}

/* In a function that is none of the document's. */
static void
tell_foreign(const struct fault *f, struct str function, struct buf *b)
{
	const struct report *r = f->crash;
	const char *verb = verb_of(r);

	if (r->flags & REPORT_WRITE && r->code == SEGV_ACCERR && tell_constant(f, b))
		buf_printf(b, ", in %.*s", STR_ARG(function));
	else if (!tell_pointer(f, function, b))
		buf_printf(b, "%s at address 0x%llx%s in %.*s", verb, (unsigned long long)r->address,
		    r->address == 0 ? " (NULL)" : "", STR_ARG(function));
}

static void
tell_access(const struct fault *f, struct buf *b)
{
	const struct report *r = f->crash;
	struct str function;

	if (f->calls->lines[0].call == 0) {
		if (r->flags & REPORT_WRITE && r->code == SEGV_ACCERR && tell_constant(f, b))
			return;
		buf_add(b, explain_access(f->scene, r, f->arena));
		if (b->len == 0 && !(r->flags & REPORT_EXECUTE))
			tell_pointer(f, STR(""), b);
		return;
	}
	function = foreign_function(f);
	if (function.len > 0 && !(r->flags & REPORT_EXECUTE))
		tell_foreign(f, function, b);
}

struct str
fault_words(const struct fault *f)
{
	const struct report *r = f->crash;
	uint64_t pc = f->calls->trace->calls[0].pc;
	struct buf b = {0};

	if (r->code > 0 && r->signal == SIGSEGV && r->flags & REPORT_STACK) {
		if (!tell_recursion(f, &b))
			(void)tell_large_frame(f, &b);
	} else if (r->code > 0 && (r->signal == SIGSEGV || (r->signal == SIGBUS && r->code == SI_KERNEL))) {
		tell_access(f, &b);
	} else if (r->signal == SIGFPE && r->code == FPE_INTDIV && f->calls->lines[0].call == 0 &&
	    instruction_is_overflow(&f->scene->machine, pc)) {
		buf_add(&b, STR("integer overflow in a division: the result is too large for its type"));
	} else if ((r->signal == SIGILL || r->signal == SIGTRAP) && r->code > 0 &&
	    instruction_is_trap(&f->scene->machine, pc)) {
		buf_add(&b, STR("reached a trap: __builtin_trap(), or code that cannot be reached"));
	}
	return buf_take(&b, f->arena);
}

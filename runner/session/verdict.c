#define _GNU_SOURCE	/* sigabbrev_np */
#include "runner/session/verdict.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "runner/session/library.h"
#include "runner/session/outcome.h"
#include "runner/session/places.h"
#include "runner/session/value.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

static void
blame(struct outcome *o, enum outcome_kind kind, enum limit_kind limit, uint64_t value)
{
	o->kind = kind;
	o->limit = (struct limit){ .kind = limit, .value = value };
}

static struct str
limit_words(struct arena *a, const struct limit *l)
{
	struct buf b = {0};

	limit_say(&b, l);
	return buf_take(&b, a);
}

/* What libc says before it aborts, and what that means. */
static const struct {
	const char *said, *means;
} abort_words[] = {
	{ "double free", "double free reported by libc" },
	{ "invalid pointer", "bad free reported by libc" },
	{ "free(): invalid", "bad free reported by libc" },
	{ "munmap_chunk(): invalid", "bad free reported by libc" },
	{ "longjmp causes uninitialized stack frame", "longjmp into a function that has returned" },
	{ "stack smashing detected", "write beyond an array on the stack" },
	{ "buffer overflow detected", "buffer overflow reported by libc" },
	{ "corrupted", "damaged heap reported by libc" },
	{ "malloc(): ", "damaged heap reported by libc" },
	{ "realloc(): ", "damaged heap reported by libc" },
};

/* The last line of what was printed to stderr. */
static struct str
last_line(const struct captured *c)
{
	struct str s = c->tail.len > 0 ? c->tail : c->head, line = {0};
	size_t from;

	if (s.len > 0 && s.data[s.len - 1] == '\n')
		s.len--;
	for (from = s.len; from > 0 && s.data[from - 1] != '\n'; from--)
		;
	line = str_slice(s, from, s.len);
	return line;
}

/* The inline namespaces in which C++ cells are compiled. */
static bool
is_inner(struct str name)
{
	return str_eq(name, STR("skein")) || str_eq(name, STR("skein_unnamed")) ||
	    str_starts(name, STR("skein_v"));
}

/* One line, and no bytes that are no text. */
static struct str
plain_words(struct str words, struct arena *a)
{
	struct buf line = {0}, text = {0};

	for (size_t i = 0; i < words.len; i++) {
		struct str here = str_slice(words, i, words.len);
		size_t end = str_find(here, STR("::"));

		if (end < here.len && is_inner(str_slice(here, 0, end)) &&
		    (i == 0 || strchr(" :<,(", words.data[i - 1]))) {
			i += end + 1;
			continue;
		}
		buf_byte(&line, words.data[i] == '\n' ? ' ' : words.data[i]);
	}
	buf_visible(&text, str_trim(buf_str(&line)));
	buf_release(&line);
	return buf_take(&text, a);
}

/* What require() says has the places where it looked below it. */
static struct str
error_words(struct str words, struct arena *a)
{
	size_t end = str_find(words, STR("\n\t"));

	if (end < words.len && end > 0 && words.data[end - 1] == ':')
		end--;
	return plain_words(str_slice(words, 0, end), a);
}

static struct str
abort_phrase(const struct captured *err, struct arena *a)
{
	struct str line = last_line(err);
	size_t from = str_find(line, STR("Assertion `"));

	if (from < line.len && str_ends(line, STR("' failed.")))
		return plain_words(arena_printf(a, "assertion %.*s failed",
		    STR_ARG(str_slice(line, from + 10, line.len - 8))), a);
	for (size_t i = 0; i < sizeof abort_words / sizeof *abort_words; i++)
		if (str_find(line, str_of(abort_words[i].said)) < line.len)
			return str_of(abort_words[i].means);
	return STR("abort() was called");
}

static struct str
access_phrase(const struct report *r, struct arena *a)
{
	unsigned long long at = r->address;
	const char *null = at == 0 ? " (NULL)" : "";

	if (r->flags & REPORT_STACK)
		return STR("stack overflow");
#ifdef SI_KERNEL
	if (r->code == SI_KERNEL)	/* x86 does not tell where */
		return STR("access at an address that cannot be valid");
#endif
	if (r->flags & REPORT_EXECUTE)
		return arena_printf(a, "call of address 0x%llx%s", at, null);
	if (r->code == SEGV_ACCERR && r->flags & REPORT_WRITE)
		return arena_printf(a, "write at read-only address 0x%llx", at);
	return arena_printf(a, "%s at address 0x%llx%s", r->flags & REPORT_WRITE ? "write" :
	    r->flags & REPORT_READ ? "read" : "access", at, null);
}

static struct str
arithmetic_phrase(int code)
{
	switch (code) {
	case FPE_INTDIV:
		return STR("divided by zero");
	case FPE_INTOVF:
		return STR("integer overflow");
	case FPE_FLTDIV:
		return STR("divided by zero (floating point)");
	}
	return STR("arithmetic error");
}

static struct str
signal_name(int signal, struct arena *a)
{
	const char *name = sigabbrev_np(signal);

	return name ? arena_printf(a, "SIG%s", name) : arena_printf(a, "signal %d", signal);
}

/* Nobody was there to say more than the kernel does. */
static struct str
killed_phrase(int signal, struct arena *a)
{
	if (signal == PROTOCOL_MUTE)
		return STR("it closed the channel to skein");
	if (signal != SIGKILL)
		return arena_printf(a, "ended by %.*s", STR_ARG(signal_name(signal, a)));
	return STR("killed by SIGKILL, which it sent itself, or another process did");
}

/* A signal that someone has sent. */
static struct str
sent_phrase(const struct report *r, int signal, struct arena *a)
{
	bool by_itself = r->status == r->pid;

	if (signal == SIGPIPE && r->code == SI_USER && by_itself)
		return STR("write to a pipe or socket that nobody reads any more (SIGPIPE)");
	if (r->code != SI_USER && r->code != SI_TKILL && r->code != SI_QUEUE)
		return arena_printf(a, "ended by %.*s", STR_ARG(signal_name(signal, a)));
	return arena_printf(a, by_itself ? "ended by %.*s, which it sent itself" :
	    "ended by %.*s, which another process sent", STR_ARG(signal_name(signal, a)));
}

static struct str
signal_phrase(const struct ending *e, int signal, const struct captured *err, struct arena *a)
{
	const struct report *r = &e->crash;

	if (signal == SIGABRT)
		return abort_phrase(err, a);
	if (!e->is_crash || r->signal != signal)
		return killed_phrase(signal, a);
	if (r->code <= 0)
		return sent_phrase(r, signal, a);
	if (e->card.what.len > 0)
		return e->card.what;
	switch (signal) {
	case SIGSEGV:
		return access_phrase(r, a);
	case SIGBUS:
		if (r->code == SI_KERNEL)	/* x86: an address on the stack */
			return access_phrase(r, a);
		return arena_printf(a, "%s at address 0x%llx", r->code == BUS_ADRALN ?
		    "misaligned access" : "access beyond the end of a mapped file",
		    (unsigned long long)r->address);
	case SIGFPE:
		return arithmetic_phrase(r->code);
	case SIGILL:
		return STR("illegal instruction");
	case SIGTRAP:
		return STR("trap instruction");
	case SIGSYS:
		return STR("system call that is not allowed");
	case SIGALRM:
		return STR("an alarm went off, and no handler was there (SIGALRM)");
	case SIGXCPU:
		return STR("used more processor time than its limit (SIGXCPU)");
	}
	return arena_printf(a, "ended by %.*s", STR_ARG(signal_name(signal, a)));
}

/* "_ZN3geo4areaEi" is geo::area(int): its name is enough. */
static struct str
cxx_name(struct str symbol, struct arena *a)
{
	struct str rest = str_slice(symbol, 2, symbol.len);
	struct buf name = {0};

	if (str_starts(rest, STR("N")))
		rest = str_slice(rest, str_starts(rest, STR("NK")) ? 2 : 1, rest.len);
	for (;;) {
		size_t digits = 0, len = 0;

		for (; digits < rest.len && digits < 4 && rest.data[digits] >= '0' && rest.data[digits] <= '9';
		    digits++)
			len = len * 10 + (size_t)(rest.data[digits] - '0');
		if (len == 0 || len > rest.len - digits)
			break;
		if (!is_inner(str_slice(rest, digits, digits + len)))
			buf_printf(&name, "%s%.*s", name.len > 0 ? "::" : "",
			    STR_ARG(str_slice(rest, digits, digits + len)));
		rest = str_slice(rest, digits + len, rest.len);
	}
	if (name.len == 0)	/* an operator, or something of std:: */
		buf_add(&name, symbol);
	return buf_take(&name, a);
}

/* The loader's words; its paths are none that a reader knows. */
static struct str
load_phrase(struct str words, struct arena *a)
{
	struct str mark = STR("undefined symbol: ");
	size_t at = str_find(words, mark);
	struct str rest, path = STR("/proc/self/fd/");

	if (at < words.len) {
		rest = str_slice(words, at + mark.len, words.len);
		rest = str_slice(rest, 0, str_find_byte(rest, ','));
		rest = str_starts(rest, STR("_Z")) ? cxx_name(rest, a) : library_plain(rest);
		return arena_printf(a, "undefined symbol '%.*s'", STR_ARG(rest));
	}
	if (str_starts(words, path)) {
		at = str_find(words, STR(": "));
		words = str_slice(words, at + 2, words.len);
	}
	at = str_find(words, STR(": cannot open shared object file"));
	if (at < words.len)
		return arena_printf(a, "'%.*s' was there to link with, but is not where the loader looks: "
		    "env=LD_LIBRARY_PATH=FOLDER on the cells of this session names its folder",
		    STR_ARG(str_slice(words, 0, at)));
	return arena_str(a, words);
}

/* A lazily bound function that is nowhere: the loader says so and leaves. */
static bool
take_lookup_error(const struct ending *e, struct captured *err, struct arena *a, struct str *what)
{
	struct str line = last_line(err), *from = err->tail.len > 0 ? &err->tail : &err->head;
	size_t cut;

	if (!WIFEXITED(e->status) || WEXITSTATUS(e->status) != 127 ||
	    str_find(line, STR(": symbol lookup error: ")) == line.len)
		return false;
	*what = load_phrase(line, a);
	cut = from->len - (size_t)(line.data - from->data);
	from->len -= cut;
	err->total -= cut;
	return true;
}

static size_t
line_start(struct str s, size_t at)
{
	while (at > 0 && s.data[at - 1] != '\n')
		at--;
	return at;
}

/* Leave away what was printed from the line at `at` on. */
static void
cut_stderr(struct captured *err, struct str *from, size_t at)
{
	at = line_start(*from, at);
	err->total -= from->len - at;
	from->len = at;
}

/* A sanitizer's report has been told in words: the rest of it changes each time. */
static void
take_report(struct captured *err)
{
	struct str *from = err->tail.len > 0 ? &err->tail : &err->head;
	size_t at = str_find(*from, STR("==ERROR: AddressSanitizer"));

	if (at == from->len)
		at = str_find(*from, STR("WARNING: ThreadSanitizer"));
	if (at == from->len)
		return;
	at = line_start(*from, at);
	if (at > 0 && str_ends(str_slice(*from, 0, at - 1), STR("====")))
		at--;		/* the line of ==== above */
	cut_stderr(err, from, at);
}

/*
 * UndefinedBehaviorSanitizer says it on the last line, or the last but for notes;
 * false if it was not that which ended the cell.
 */
static bool
take_undefined(struct captured *err, struct arena *a, struct str *what)
{
	struct str mark = STR(": runtime error: "), line, rest;
	struct str *from = err->tail.len > 0 ? &err->tail : &err->head;
	size_t at = from->len, next = 0;

	while ((next += str_find(str_slice(*from, next, from->len), mark)) < from->len)
		at = next++;
	if (at == from->len)
		return false;
	line = str_cut(str_slice(*from, at + mark.len, from->len), '\n', &rest);
	if (!str_is_blank(rest) && str_find(str_slice(rest, 0, str_find_byte(rest, '\n')),
	    STR(": note: ")) == str_find_byte(rest, '\n'))
		return false;
	*what = arena_printf(a, "undefined behaviour: %.*s", STR_ARG(line));
	cut_stderr(err, from, at);
	return true;
}

static void
blame_memory(const struct session_run *r, struct arena *a, struct outcome *o)
{
	blame(o, OUTCOME_MEMORY, LIMIT_MEMORY, r->memory);
	o->what = arena_printf(a, "hit its memory limit of %.*s (%.*s)",
	    STR_ARG(limit_words(a, &o->limit)), STR_ARG(o->what));
}

static void
blame_file(const struct session_run *r, struct arena *a, struct outcome *o)
{
	blame(o, OUTCOME_FILE_SIZE, LIMIT_FILE_SIZE, r->file_size);
	o->what = arena_printf(a, "made a file larger than %.*s",
	    STR_ARG(limit_words(a, &o->limit)));
}

static struct str
exit_phrase(const struct ending *e, const struct session_run *r, int status, struct arena *a)
{
	if (r->is_program || r->is_engine)
		return arena_printf(a, "exit status %d", status);
	switch (e->leaving) {
	case LEAVING_QUICK:
		return arena_printf(a, "ended early by quick_exit(%d)", status);
	case LEAVING_AT_ONCE:
		return arena_printf(a, "ended early by _exit(%d)", status);
	case LEAVING_THREAD:
		return STR("ended early by pthread_exit() in its first thread");
	case LEAVING_NOT:
	case LEAVING_EXIT:
		break;
	}
	return arena_printf(a, "ended early by exit(%d)", status);
}

static void
judge_death(const struct ending *e, const struct session_run *r, struct arena *a,
    struct outcome *o)
{
	if (take_lookup_error(e, &o->err, a, &o->what)) {
		o->kind = OUTCOME_LOAD;
		o->is_call = true;
		return;
	}
	if (WIFEXITED(e->status)) {
		o->status = WEXITSTATUS(e->status);
		o->kind = r->is_program && o->status == 0 ? OUTCOME_DONE : OUTCOME_EXIT;
		if (o->kind == OUTCOME_EXIT)
			o->what = exit_phrase(e, r, o->status, a);
		if (e->excess & REPORT_MEMORY && r->memory)
			blame_memory(r, a, o);
		else if (e->excess & REPORT_FILE && r->file_size)
			blame_file(r, a, o);
		return;
	}
	if (e->is_oom) {
		o->kind = OUTCOME_MEMORY;
		o->what = STR("ended by the system, which was out of memory");
		return;
	}
	o->kind = OUTCOME_CRASH;
	o->signal = WIFSIGNALED(e->status) ? WTERMSIG(e->status) : 0;
	if (e->is_aborting)
		take_report(&o->err);
	else if (o->signal == SIGABRT && take_undefined(&o->err, a, &o->what))
		return;
	o->what = r->is_shell ? arena_printf(a, "the shell was ended by %.*s",
	    STR_ARG(signal_name(o->signal, a))) :
	    o->signal == SIGABRT && e->words.len > 0 ? plain_words(e->words, a) :
	    signal_phrase(e, o->signal, &o->err, a);
	if (e->is_crash && e->crash.flags & REPORT_MEMORY && r->memory)
		blame_memory(r, a, o);
	else if (o->signal == SIGXFSZ && r->file_size && !r->is_shell)
		blame_file(r, a, o);
}

static void
judge(const struct ending *e, const struct session_run *r, struct arena *a, struct outcome *o)
{
	if (e->is_interrupted) {
		o->kind = OUTCOME_INTERRUPTED;
		o->what = arena_printf(a, "interrupted after %.1f s", (double)o->nanoseconds / 1e9);
	} else if (e->is_over_out || e->is_over_err) {
		blame(o, OUTCOME_OUTPUT_LIMIT, LIMIT_OUTPUT_KILL, r->output_kill);
		o->what = arena_printf(a, "printed more than %.*s to %s",
		    STR_ARG(limit_words(a, &o->limit)), e->is_over_out ? "stdout" : "stderr");
	} else if (e->is_late) {
		blame(o, OUTCOME_TIMEOUT, LIMIT_TIMEOUT, (uint64_t)r->timeout);
		o->what = arena_printf(a, "did not end within %.*s",
		    STR_ARG(limit_words(a, &o->limit)));
	} else if (e->is_crowd) {
		blame(o, OUTCOME_PROCESSES, LIMIT_PROCESSES, r->processes);
		o->what = arena_printf(a, "had more than %.*s processes and threads",
		    STR_ARG(limit_words(a, &o->limit)));
	} else if (e->memory_limit) {
		blame(o, OUTCOME_MEMORY, LIMIT_MEMORY, e->memory_limit);
		o->limit.is_machine = !r->memory;
		o->what = arena_printf(a, "used more than %.*s of memory",
		    STR_ARG(limit_words(a, &o->limit)));
	} else if (e->is_confused) {
		o->kind = OUTCOME_CRASH;
		o->signal = SIGKILL;
		o->what = STR("wrote into the channel of its session");
	} else if (e->is_raised) {
		o->kind = OUTCOME_ERROR;
		o->what = error_words(e->words, a);
		if (e->is_full && r->memory)
			blame_memory(r, a, o);
	} else if (e->is_refused) {
		o->kind = OUTCOME_LOAD;
		o->what = r->is_shell || r->is_engine ? e->refusal : load_phrase(e->refusal, a);
		if (e->is_full && r->memory)
			blame_memory(r, a, o);
	} else if (e->is_dead) {
		judge_death(e, r, a, o);
	} else {
		o->kind = OUTCOME_DONE;
	}
}

/* Does a stand before b in the document? */
static bool
is_earlier(const struct route *a, const struct route *b)
{
	if (a->nframes == 0 || b->nframes == 0)
		return a->nframes > 0;
	if (a->frames->cell != b->frames->cell)
		return a->frames->cell < b->frames->cell;
	if (a->frames->line != b->frames->line)
		return a->frames->line < b->frames->line;
	return str_compare(a->title, b->title) < 0;
}

/*
 * Of two accesses that race, either may have been the one that was noticed: the
 * earlier one in the document is the place of the crash, each time.
 */
static void
order_race(struct route *both, struct arena *a, struct outcome *o)
{
	bool swapped = is_earlier(&both[1], &both[0]);
	struct route first = both[swapped], second = both[!swapped];

	o->frames = first.frames;
	o->nframes = first.nframes;
	o->nvariables = 0;	/* they are those of the one that was noticed */
	o->in_thread = false;
	o->what = arena_printf(a, "%.*s: %.*s", STR_ARG(o->what), STR_ARG(first.title));
	second.title = arena_printf(a, "in no order with %s %.*s",
	    str_starts(second.title, STR("a")) ? "an" : "a", STR_ARG(second.title));
	both[1] = second;
	o->routes = both + 1;
	o->nroutes--;
}

/* What a pointer leads to is no value of the document's once its block is lost or freed. */
static void
leave_out_targets(struct outcome *o, struct arena *a)
{
	struct variable_shown *list = arena_copy(a, o->variables, o->nvariables, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < o->nvariables; i++)
		if (!str_starts(list[i].value, STR("&(")) && !str_starts(list[i].value, STR("\"")))
			list[n++] = list[i];
	o->variables = list;
	o->nvariables = n;
}

/* Accesses come first, wherever they were told. */
static void
give_routes(const struct ending *e, struct arena *a, struct outcome *o)
{
	struct route *list = arena_alloc(a, e->nasides, sizeof *list);
	size_t n = 0, races = 0;

	if (e->variable.len > 0)
		o->what = arena_printf(a, "%.*s on '%.*s'", STR_ARG(o->what), STR_ARG(e->variable));
	for (int race = 1; race >= 0; race--) {
		for (size_t i = 0; i < e->nasides; i++) {
			const struct aside *one = &e->asides[i];

			if (one->is_race != race || (!race && one->route.nframes == 0))
				continue;
			list[n] = one->route;
			list[n++].title = plain_words(one->route.title, a);
			races += one->is_race;
		}
	}
	o->routes = list;
	o->nroutes = n;
	if (races == 2)
		order_race(list, a, o);
	else if (n > 0)
		leave_out_targets(o, a);
}

void
verdict_give(const struct ending *e, const struct session_run *r, struct arena *a,
    struct outcome *o)
{
	judge(e, r, a, o);
	if (o->kind == OUTCOME_DONE)
		return;
	o->frames = e->card.frames;
	o->nframes = e->card.nframes;
	o->variables = e->card.variables;
	o->nvariables = e->card.nvariables;
	o->in_thread = e->card.in_thread;
	o->start = e->card.start;
	if (e->places.len > 0)
		o->frames = places_read(e->places, a, &o->nframes);
	if (o->kind == OUTCOME_CRASH && e->is_aborting)
		give_routes(e, a, o);
}

void
verdict_value(const struct ending *e, struct library *l, struct arena *a, struct outcome *o)
{
	const struct report *r = &e->done;
	struct value v = { r->marker, r->member, r->value, r->value_size };
	struct buf text = {0};

	if (e->value.data)
		o->value = e->value;
	else if (e->is_done && r->marker && value_text(l, &v, &text))
		o->value = arena_str(a, buf_str(&text));
	buf_release(&text);
}

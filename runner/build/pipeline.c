#include "runner/build/pipeline.h"

#include <sys/stat.h>

#include "runner/build/expansion.h"
#include "runner/build/loop.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

struct pipeline {
	struct loop *loop;
	struct pipeline_options options;
	struct arena *arena;
	pipeline_fn *done;
	void *arg;
	struct process *processes[STEPS];
	bool is_compiled, is_assembled;
	struct buf said;		/* by the compiler */
	uint64_t said_total;
	unsigned long soon;
};

static void
stop(struct pipeline *p)
{
	for (size_t i = 0; i < STEPS; i++) {
		process_free(p->processes[i]);
		p->processes[i] = NULL;
	}
}

static void
give_up(struct pipeline *p, const char *why)
{
	trace("compile", "the driver is started after all: %s", why);
	stop(p);
	p->done(p->arg, NULL);		/* may free p */
}

static bool
is_silent_success(const struct process_result *r)
{
	return r->end == PROCESS_EXITED && r->number == 0 && r->out_total == 0 && r->err_total == 0;
}

static void
run(struct pipeline *p, enum step which, const char *const *argv, process_fn *done)
{
	struct process_options o = p->options.process;

	if (which != STEP_COMPILE)
		o.input = STR("");
	o.argv = argv;
	o.program = argv[0];
	p->processes[which] = process_start(p->loop, &o, done, p);
}

static const char *const *
argv_of(const struct pipeline *p, enum step which)
{
	return expansion_argv(p->options.expansion, which, p->options.tokens, p->options.ntokens, p->arena);
}

static void
on_linked(void *arg, const struct process_result *r)
{
	struct pipeline *p = arg;
	struct process_result all = { .end = PROCESS_EXITED, .err = buf_str(&p->said),
	    .err_total = p->said_total };

	if (is_silent_success(r))
		p->done(p->arg, &all);	/* may free p */
	else
		give_up(p, "the linker says something");
}

static void
link_when_ready(struct pipeline *p)
{
	const char *const *argv;

	if (!p->is_compiled || !p->is_assembled)
		return;
	argv = p->options.link ? p->options.link(p->arg) : NULL;
	run(p, STEP_LINK, argv ? argv : argv_of(p, STEP_LINK), on_linked);
}

static void
on_assembled(void *arg, const struct process_result *r)
{
	struct pipeline *p = arg;

	if (!is_silent_success(r)) {
		give_up(p, "the assembler says something");
		return;
	}
	p->is_assembled = true;
	link_when_ready(p);
}

/* Of what a compiler does, an error in the unit has the status 1 and no other. */
static void
on_compiled(void *arg, const struct process_result *r)
{
	struct pipeline *p = arg;

	if (r->end == PROCESS_EXITED && r->number == 0 && r->out_total == 0) {
		buf_add(&p->said, r->err);
		p->said_total = r->err_total;
		p->is_compiled = true;
		link_when_ready(p);
	} else if (r->end == PROCESS_TIMED_OUT || (r->end == PROCESS_EXITED && r->number == 1)) {
		process_free(p->processes[STEP_ASSEMBLE]);
		p->processes[STEP_ASSEMBLE] = NULL;
		p->done(p->arg, r);	/* may free p */
	} else {
		give_up(p, "the compiler ended in an unusual way");
	}
}

static void
on_no_pipe(void *arg)
{
	struct pipeline *p = arg;

	p->soon = 0;
	give_up(p, "no pipe can be made");
}

struct pipeline *
pipeline_start(struct loop *l, const struct pipeline_options *o, struct arena *a,
    pipeline_fn *done, void *arg)
{
	struct pipeline *p = mem_zalloc(1, sizeof *p);

	*p = (struct pipeline){ .loop = l, .options = *o, .arena = a, .done = done, .arg = arg };
	trace("compile", "%.*s is started without its driver", STR_ARG(o->expansion->words[STEP_COMPILE][0]));
	if (mkfifo(arena_printf(a, "%s/" EXPANSION_ASSEMBLY, o->process.folder).data, 0600) == -1) {
		p->soon = loop_at(l, 0, on_no_pipe, p);
		return p;
	}
	run(p, STEP_COMPILE, argv_of(p, STEP_COMPILE), on_compiled);
	run(p, STEP_ASSEMBLE, argv_of(p, STEP_ASSEMBLE), on_assembled);
	return p;
}

void
pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	stop(p);
	loop_cancel(p->loop, p->soon);
	buf_release(&p->said);
	mem_free(p);
}

/* fdopen */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/trial.h"
#include "tangle/document/blocks.h"

#include <fcntl.h>
#include <unistd.h>

static bool
open_nowhere(struct trial *t, struct diag *d)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	t->nowhere = fd == -1 ? NULL : fdopen(fd, "w");
	if (t->nowhere)
		return true;
	diag_errno(d, "open", STR("/dev/null"));
	if (fd != -1)
		close(fd);
	return false;
}

bool
trial_read(struct trial *t, const struct invocation *i, struct str path, struct str text)
{
	*t = (struct trial){ .invocation = *i };
	if (!open_nowhere(t, i->diag))
		return false;
	diag_init(&t->diag, t->nowhere, DIAG_COLOR_NEVER);
	t->invocation.diag = &t->diag;
	return load_text(&t->load, &t->invocation, path, text);
}

bool
trial_run(struct trial *t, struct slots *slots)
{
	const struct notebook_options o = { .slots = slots, .hooking = t->load.hookings[0] };
	struct load *l = &t->load;

	t->has_run = true;
	return notebook_run(&t->notebook, &l->graph, &l->blocks[0], load_root(l, &l->documents[0]), &o,
	    &t->diag) && !t->notebook.signal;
}

void
trial_release(struct trial *t)
{
	if (t->has_run)
		notebook_release(&t->notebook);
	if (t->nowhere) {
		load_release(&t->load);
		diag_release(&t->diag);
		fclose(t->nowhere);
	}
	*t = (struct trial){0};
}

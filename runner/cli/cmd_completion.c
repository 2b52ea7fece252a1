#include "runner/cli/command.h"
#include "runner/cli/completion.h"
#include "tangle/base/buf.h"

static void complete(struct invocation *i);

const struct command cmd_completion = {
	.name = "completion",
	.args = "bash|zsh|fish",
	.summary = "print a script that completes command lines in that shell",
	.least = 1,
	.run = complete,
};

static const struct {
	const char *shell;
	void (*write)(struct buf *to);
} shells[] = {
	{ "bash", completion_bash }, { "zsh", completion_zsh }, { "fish", completion_fish },
};

static void
complete(struct invocation *i)
{
	struct str shell = str_of(i->arguments[0]);
	struct buf out = {0};

	for (size_t k = 0; k < sizeof shells / sizeof *shells; k++)
		if (str_eq(shell, str_of(shells[k].shell)))
			shells[k].write(&out);
	if (out.len == 0 || i->narguments > 1)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein completion takes one of bash, zsh and fish");
	else
		command_print(buf_str(&out));
	buf_release(&out);
}

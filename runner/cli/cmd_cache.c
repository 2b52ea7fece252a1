#include "runner/cli/command.h"

static const struct command *const verbs[] = {
	&cache_path, &cache_gc, &cache_clean, &cache_stats, &cache_verify, &cache_doctor, &cache_list, NULL
};

const struct command cmd_cache = {
	.name = "cache",
	.args = "VERB [FLAG...] ...",
	.summary = "look at the compiled cells that are kept, and take them out",
	.verbs = verbs,
};

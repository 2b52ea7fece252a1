#include "runner/cli/command.h"

static const struct command *const verbs[] = {
	&cache_list, &cache_show, &cache_grep, &cache_fn, &cache_deps, &cache_checkout, &cache_path,
	&cache_stats, &cache_verify, &cache_doctor, &cache_clean, &cache_gc,
	&cache_export, &cache_import, NULL
};

const struct command cmd_cache = {
	.name = "cache",
	.args = "VERB [FLAG...] ...",
	.summary = "look at the compiled cells that are kept, and take them out",
	.verbs = verbs,
};

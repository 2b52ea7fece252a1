/* What a CI machine would obey is shown so that it does not. */
#include "tangle/base/defuse.h"

#undef NDEBUG
#include <assert.h>
#include <stdlib.h>

#include "tangle/base/buf.h"

static void
gives(void (*f)(struct buf *, struct str), struct str in, struct str out)
{
	struct buf b = {0};

	f(&b, in);
	assert(str_eq(buf_str(&b), out));
	buf_release(&b);
}

int
main(void)
{
	struct str text = STR("::add-mask::x\n");

	unsetenv("GITHUB_ACTIONS");
	unsetenv("TF_BUILD");
	unsetenv("TEAMCITY_VERSION");
	gives(defuse, text, text);
	setenv("GITHUB_ACTIONS", "true", 1);
	gives(defuse, text, STR("\\x3A:add-mask::x\n"));
	gives(defuse, STR("a\n \t::error::x\r::b::"), STR("a\n \t\\x3A:error::x\r\\x3A:b::"));
	gives(defuse, STR("\xC2\xA0\xE3\x80\x80\x1C::error::"), STR("\xC2\xA0\xE3\x80\x80\x1C\\x3A:error::"));
	gives(defuse, STR("+::error::\na ::error::\n: :x\n"), STR("+::error::\na ::error::\n: :x\n"));
	gives(defuse, STR("+##[add-mask]a ##vso[task.x]\n"), STR("+#\\x23[add-mask]a #\\x23vso[task.x]\n"));
	gives(defuse, STR("###[group]\n## [a](b)\n##teamcity['x']\n##\n"),
	    STR("##\\x23[group]\n## [a](b)\n#\\x23teamcity['x']\n##\n"));
	gives(defuse, STR("::##[x]::\n"), STR("\\x3A:#\\x23[x]::\n"));
	gives(defuse_json, STR("{\"a\":\"##[x]\"}\n"), STR("{\"a\":\"#\\u0023[x]\"}\n"));
	gives(defuse, (struct str){0}, STR(""));
	return 0;
}

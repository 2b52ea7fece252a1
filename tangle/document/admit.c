#include "tangle/document/admit.h"

#include "tangle/base/diag.h"
#include "tangle/project/option.h"
#include "tangle/project/settings.h"

static void
complain_unknown(const struct option *o, const char *where, struct diag *d)
{
	struct str near = setting_nearest(o->key, o->is_bare);

	if (near.len > 0)
		diag_warning(d, o->at, "unknown-option",
		    "there is no option '%.*s'; did you mean '%.*s'?",
		    STR_ARG(o->written), STR_ARG(near));
	else
		diag_warning(d, o->at, "unknown-option",
		    "there is no option '%.*s' for a %s", STR_ARG(o->written), where);
}

/* `run: all` and `run: marked` are said of documents. */
static bool
check_run(const struct option *o, unsigned where, struct diag *d)
{
	if (where != SETTING_BLOCK || !str_eq(o->key, STR("run")) ||
	    (!str_eq(o->value, STR("all")) && !str_eq(o->value, STR("marked"))))
		return true;
	diag_error(d, STATUS_STRUCTURE, o->at, "bad-value",
	    "the value '%.*s' of 'run' is for documents; a block takes true, false or compile",
	    STR_ARG(o->value));
	return false;
}

/*
 * Options that mean something in any language.  The rest, on a block that we do
 * not run, are the words of the tool that does.
 */
static bool
is_of_any_block(const struct option *o)
{
	return setting_is_choice("name|file|mode|append|replace", o->key) ||
	    (str_eq(o->key, STR("run")) && str_eq(o->written, o->key));	/* not eval=f(x) */
}

/* Nearly file=: worth a message wherever it stands. */
static bool
is_nearly_file(const struct option *o)
{
	return !o->is_bare && str_distance(o->key, STR("file"), 1) <= 1;
}

static const char *
where_instead(const struct setting *s, unsigned where)
{
	if (!(s->places & (SETTING_BLOCK | SETTING_DOCUMENT)))
		return s->places & SETTING_PROJECT ? "a project: put it into its skein.lua" :
		    "a user: put it into your config.lua";
	return where == SETTING_BLOCK ? "a document: put it into the front matter or a comment at the top" :
	    "a block, not of a document";
}

bool
admit_options(struct options *options, unsigned where, bool ours, struct diag *d)
{
	const char *what = where == SETTING_BLOCK ? "block" : "document";
	bool ok = true;

	for (size_t i = 0; i < options->n; i++) {
		struct option *o = &options->list[i];
		const struct setting *s = setting_find(o->key);

		option_canonical(o);
		if (!s) {
			if (!setting_is_display(o->key) && (ours ?
			    !o->is_bare || setting_nearest(o->key, true).len > 0 : is_nearly_file(o)))
				complain_unknown(o, what, d);
		} else if (!ours && !is_of_any_block(o)) {
			continue;
		} else if (!(s->places & where)) {
			diag_error(d, STATUS_STRUCTURE, o->at, "misplaced-option", "'%.*s' is an option of %s",
			    STR_ARG(o->written), where_instead(s, where));
			o->is_bad = true;
		} else if (!option_check(o, s, d) || !check_run(o, where, d)) {
			o->is_bad = true;
		}
		ok = ok && !o->is_bad;
	}
	return ok;
}

#include "runner/cli/finding.h"

#include "runner/cli/command.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static const char *const names[FINDING_LEVELS] = {
	[FINDING_OK] = "ok", [FINDING_NOTE] = "note", [FINDING_WARNING] = "warning", [FINDING_ERROR] = "error"
};

static const char *const colors[FINDING_LEVELS] = {
	[FINDING_OK] = "\033[32m", [FINDING_NOTE] = "\033[36m", [FINDING_WARNING] = "\033[35m", [FINDING_ERROR] = "\033[31m"
};

void
findings_begin(struct findings *f, bool for_programs, bool color, struct arena *a)
{
	*f = (struct findings){ .arena = a, .color = color,
	    .list = for_programs ? json_new_array() : NULL };
}

void
findings_about(struct findings *f, const char *group)
{
	struct buf line = {0};

	f->group = group;
	if (f->list)
		return;
	buf_printf(&line, "%s%s\n", f->has_printed ? "\n" : "", group);
	command_print(buf_str(&line));
	buf_release(&line);
	f->has_printed = true;
}

static void
tell_people(struct findings *f, enum finding_level level, const char *name, struct str what,
    const char *advice)
{
	struct buf line = {0};

	if (f->color)
		buf_printf(&line, "%s%-8s\033[0m ", colors[level], names[level]);
	else
		buf_printf(&line, "%-8s ", names[level]);
	buf_visible(&line, str_of(name));
	buf_add(&line, STR(": "));
	buf_visible(&line, what);
	if (advice) {
		buf_add(&line, STR("; "));
		buf_visible(&line, str_of(advice));
	}
	buf_byte(&line, '\n');
	command_print(buf_str(&line));
	command_flush();
	buf_release(&line);
	f->has_printed = true;
}

static void
tell_programs(struct findings *f, enum finding_level level, const char *name, struct str what,
    const char *advice)
{
	struct json *one = json_new_object();

	if (f->group)
		json_put_string(one, "about", str_of(f->group));
	json_put_string(one, "check", str_of(name));
	json_put_string(one, "level", str_of(names[level]));
	json_put_boolean(one, "ok", level < FINDING_WARNING);
	json_put_string(one, "what", what);
	if (advice)
		json_put_string(one, "advice", str_of(advice));
	json_push(f->list, one);
}

void
finding(struct findings *f, enum finding_level level, const char *name, struct str what,
    const char *advice)
{
	f->count[level]++;
	if (f->list)
		tell_programs(f, level, name, what, advice);
	else
		tell_people(f, level, name, what, advice);
}

void
findings_end(struct findings *f)
{
	struct json *object;
	struct buf out = {0};

	if (!f->list)
		return;
	object = json_new_object();
	json_put_integer(object, "warnings", (long long)f->count[FINDING_WARNING]);
	json_put_integer(object, "errors", (long long)f->count[FINDING_ERROR]);
	json_put(object, "checks", f->list);
	json_write(object, &out);
	buf_byte(&out, '\n');
	command_print(buf_str(&out));
	json_end(object);
	buf_release(&out);
	f->list = NULL;
}

#include "tangle/base/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tangle/base/buf.h"
#include "tangle/base/defuse.h"

static const char *enabled;

void
trace_enable(const char *area)
{
	enabled = area;
}

bool
trace_on(const char *area)
{
	const char *wish = getenv("SKEIN_TRACE");
	struct str rest = wish ? str_of(wish) : STR("");

	if (enabled && str_eq(str_of(enabled), str_of(area)))
		return true;
	while (rest.len > 0) {
		struct str one = str_cut(rest, ',', &rest);

		if (str_eq(one, STR("all")) || str_eq(one, str_of(area)))
			return true;
	}
	return false;
}

void
trace(const char *area, const char *fmt, ...)
{
	struct buf words = {0}, line = {0}, safe = {0};
	va_list args;

	if (!trace_on(area))
		return;
	va_start(args, fmt);
	buf_vprintf(&words, fmt, args);
	va_end(args);
	buf_printf(&line, "%s: ", area);
	buf_visible(&line, buf_str(&words));
	buf_byte(&line, '\n');
	defuse(&safe, buf_str(&line));
	fwrite(safe.data, 1, safe.len, stderr);
	buf_release(&words);
	buf_release(&line);
	buf_release(&safe);
}

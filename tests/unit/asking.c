/* Questions about differences, answered through a pipe; and what looks odd in them. */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/asking.c"

#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cli/caution.c"
#include "tangle/base/buf.h"

static char *shown;

/* What becomes of five differences, of which those with an upper case letter are failures. */
static void
takes(const char *which, const char *answers, const char *taken)
{
	size_t size = 0, n = strlen(which);
	FILE *to;
	struct asking a;
	int in[2];

	free(shown);
	to = open_memstream(&shown, &size);
	assert(pipe(in) == 0 && write(in[1], answers, strlen(answers)) == (ssize_t)strlen(answers));
	close(in[1]);
	asking_open(&a, in[0], to, false);
	for (size_t i = 0; i < n; i++) {
		struct difference d = { STR("a\033.md"), 7, STR("cell 'x'"), i + 1, n,
		    which[i] == 'F' ? STR("failed: crashed") : STR(""), STR("@@ -1 +1 @@\n-a\n+b\n"), STR("") };

		assert(asking_take(&a, &d) == (taken[i] == 'y'));
	}
	asking_close(&a);
	assert(a.signal == 0);
	close(in[0]);
	fclose(to);
}

static bool
shows(const char *text)
{
	bool yes = strstr(shown, text) != NULL;

	free(shown);
	shown = NULL;
	return yes;
}

static void
cautions(const char *line, const char *words)
{
	struct buf diff = {0}, said = {0};

	buf_printf(&diff, "+++ /tmp/a.md 2001-01-01\n 0x12345678\n-12:00:00\n+%s\n", line);
	assert(caution_say(&said, buf_str(&diff), 10, 10) == (*words != '\0'));
	if (!strstr(buf_cstr(&said), words) || (!*words && said.len > 0))
		fprintf(stderr, "%s: %s, not %s\n", line, buf_cstr(&said), words);
	assert(strstr(buf_cstr(&said), words));
	buf_release(&diff);
	buf_release(&said);
}

int
main(void)
{
	struct buf said = {0};

	takes("..", "y\nn\n", "yn");
	assert(shows("a\\x1b.md:7: cell 'x' (1 of 2)\n@@ -1 +1 @@\n-a\n+b\ntake this output? [y,n,a,d,q,?] a\\x1b.md:7:"));
	takes("...", " YES \r\n\nNo\nq\n", "ynn");		/* words, blanks, any case, an empty line */
	assert(shows("take this output? [y,n,a,d,q,?] take this output? [y,n,a,d,q,?] "));
	takes("....", "n\na\n", "nyyy");
	takes("....", "y\nd\n", "ynnn");
	takes(".F.F.", "a\na\nall\nn\ny\n", "ynyyy");	/* `all` is no failure's */
	assert(shows("cell 'x' failed: crashed (2 of 5)"));
	takes("F.", "d\n", "nn");
	takes("...", "y\n", "ynn");				/* the end of the input */
	takes("...", "y", "nnn");				/* in the middle of a line */
	takes("..", "x\ny y\nyesterday\n?\ny\ny\n", "yy");
	assert(shows("leave what is recorded"));
	takes(".", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\nn\n", "n");

	cautions("at 0x7ffe12", "'0x7ffe12' looks like an address");
	cautions("0x7ffe", "");
	cautions("a0x7ffe1234", "");
	cautions("it is 12:34:56", "normalize=time");
	cautions("112:34:56", "");
	cautions("12:34:567", "");
	cautions("2026-11-28T00:00:00", "");
	cautions("on 2026-11-28", "normalize=date");
	cautions("123e4567-e89b-12d3-a456-426614174000", "normalize=uuid");
	cautions("took 0.25 s", "'0.25 s' looks like a duration");
	cautions("12.5ms.", "normalize=duration");
	cautions("12.5 mice", "");
	cautions("0.5", "");
	cautions("/tmp/x-12/y.c: no", "'/tmp/x-12/y.c'");
	cautions("/tmp/ is full", "");
	cautions("in /home/jo/src", "somebody's folder");
	cautions("$TMPDIR/x", "");
	assert(caution_say(&said, STR("-a\n"), 2, 0) && strstr(buf_cstr(&said), "nothing any more"));
	buf_clear(&said);
	assert(!caution_say(&said, STR(""), 0, 5000) && !caution_say(&said, STR(""), 10, 1500));
	assert(caution_say(&said, STR(""), 10, 5000) && strstr(buf_cstr(&said), "500 times as much"));
	buf_release(&said);
	free(shown);
	return 0;
}

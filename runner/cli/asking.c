/* pselect, tcflush */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/asking.h"

#include <errno.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "tangle/base/buf.h"

enum { ANSWER_SIZE = 64 };

static const int signals[ASKING_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t caught;

static void
on_signal(int number)
{
	caught = number;
}

/* They are let in only while we wait, so that none comes just before that. */
void
asking_open(struct asking *a, int from, FILE *to, bool color)
{
	struct sigaction act = { .sa_handler = on_signal };

	*a = (struct asking){ .from = from, .to = to, .color = color };
	caught = 0;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < ASKING_SIGNALS; i++)
		sigaddset(&act.sa_mask, signals[i]);
	sigprocmask(SIG_BLOCK, &act.sa_mask, &a->mask);
	for (size_t i = 0; i < ASKING_SIGNALS; i++) {
		sigaction(signals[i], NULL, &a->before[i]);
		if (a->before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &act, NULL);
	}
}

void
asking_close(struct asking *a)
{
	sigprocmask(SIG_SETMASK, &a->mask, NULL);
	for (size_t i = 0; i < ASKING_SIGNALS; i++)
		sigaction(signals[i], &a->before[i], NULL);
	a->signal = caught;
}

/* ---- what is shown --------------------------------------------------------------------- */

static const char *
color_of(struct str line)
{
	if (str_starts(line, STR("--- ")) || str_starts(line, STR("+++ ")))
		return "\033[1m";
	if (str_starts(line, STR("@@")))
		return "\033[36m";
	if (str_starts(line, STR("-")))
		return "\033[31m";
	return str_starts(line, STR("+")) ? "\033[32m" : "";
}

static void
put(const struct asking *a, const char *color, struct str line)
{
	bool is_colored = a->color && *color;

	fprintf(a->to, "%s%.*s%s\n", is_colored ? color : "", STR_ARG(line), is_colored ? "\033[0m" : "");
}

static void
show(const struct asking *a, const struct difference *d)
{
	struct str rest = d->diff, line;
	struct buf head = {0};

	buf_visible(&head, d->document);
	buf_printf(&head, ":%zu: ", d->line);
	buf_visible(&head, d->name);
	if (d->failure.len > 0)
		buf_printf(&head, " %.*s", STR_ARG(d->failure));
	if (d->all > 1)
		buf_printf(&head, " (%zu of %zu)", d->number, d->all);
	put(a, d->failure.len > 0 ? "\033[1;31m" : "\033[1m", buf_str(&head));
	while (str_line(&rest, &line))
		put(a, color_of(line), line);
	if (d->caution.len > 0)
		fprintf(a->to, "note: %.*s\n", STR_ARG(d->caution));
	buf_release(&head);
}

static void
help(const struct asking *a, bool is_failure)
{
	fputs("y  take this output\n"
	    "n  leave what is recorded\n", a->to);
	if (!is_failure)
		fputs("a  take this and all behind it in this document, but for failures\n", a->to);
	fputs("d  leave this and all behind it in this document\n"
	    "q  leave all that comes; what was taken is put in place\n"
	    "?  this help\n", a->to);
}

/* ---- what is answered ------------------------------------------------------------------ */

/* Until there is something to read; false if a signal came first. */
static bool
wait_for(const struct asking *a)
{
	fd_set set;

	while (!caught) {
		FD_ZERO(&set);
		FD_SET(a->from, &set);
		if (pselect(a->from + 1, &set, NULL, NULL, NULL, &a->mask) != -1)
			return true;
		if (errno != EINTR)
			return false;
	}
	return false;
}

/* One line, byte by byte: what follows it is the next answer.  False at the end. */
static bool
read_line(struct asking *a, char *line, size_t *len)
{
	char c = '\0';

	*len = 0;
	while (wait_for(a) && read(a->from, &c, 1) == 1) {
		if (c == '\n')
			return true;
		if (*len < ANSWER_SIZE)
			line[(*len)++] = c;
	}
	return false;
}

/* The first letter of the word that it is, or that it begins; '?' for what is no answer. */
static char
letter_of(struct str line, bool is_failure)
{
	static const char *const words[] = { "yes", "no", "all", "done", "quit" };

	line = str_trim(str_chomp(line));
	if (line.len == 0)
		return '\0';
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(str_slice(str_of(words[i]), 0, line.len), line))
			return is_failure && words[i][0] == 'a' ? '?' : words[i][0];
	return '?';
}

/* The letter that was chosen; 'q' when there will be none. */
static char
ask(struct asking *a, bool is_failure)
{
	const char *prompt = is_failure ? "record a failure that nobody expected? [y,n,d,q,?] " :
	    "take this output? [y,n,a,d,q,?] ";
	char line[ANSWER_SIZE], letter;
	size_t len;

	for (;;) {
		fprintf(a->to, a->color ? "\033[1;34m%s\033[0m" : "%s", prompt);
		fflush(a->to);
		if (!read_line(a, line, &len)) {
			fputc('\n', a->to);
			return 'q';
		}
		letter = letter_of((struct str){ line, len }, is_failure);
		if (letter == '?')
			help(a, is_failure);
		else if (letter)
			return letter;
	}
}

bool
asking_take(struct asking *a, const struct difference *d)
{
	bool is_failure = d->failure.len > 0;
	char letter;

	if (a->is_over || a->rest == REST_LEFT)
		return false;
	if (a->rest == REST_TAKEN && !is_failure)
		return true;
	show(a, d);
	fflush(a->to);
	if (!a->has_asked)
		(void)tcflush(a->from, TCIFLUSH);	/* does nothing to a pipe */
	a->has_asked = true;
	letter = ask(a, is_failure);
	if (letter == 'a')
		a->rest = REST_TAKEN;
	if (letter == 'd')
		a->rest = REST_LEFT;
	a->is_over = letter == 'q';
	return letter == 'y' || letter == 'a';
}

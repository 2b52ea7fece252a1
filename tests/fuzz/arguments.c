/*
 * Words of the command line.  `skein` with any words, in a folder with a few files,
 * ends by itself with a status that is documented.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { MOST_WORDS = 12 };

static const char *skein;		/* its path */

#ifndef LIBFUZZER
static void
fuzz_make(struct buf *to)
{
	/* no command that runs something */
	static const char *const commands[] = { "tangle", "list", "clean", "why", "help", "cache", "--version", "--help",
		"tangel", "", "-h", "--", "cache list", "cache stats", "cache path", "cache verify", NULL };
	static const char *const words[] = { "a.md", "a.md", "b.md", ".", "sub", "none.md", "/", "", "-", "--", "---", "-q",
		"-v", "--json", "--json=x", "--check", "--force", "-C", "-Csub", "--root", "--root=sub", "--set", "--set=",
		"--set=std=c17", "--set=flie=x", "--set==", "--max-target", "--max-target=1", "--max-target=none",
		"--max-output=0", "--color=never", "--color=maybe", "--colo", "--shared-names", "--allow-missing", "-\xFF",
		"\xFF.md", "--\xFF=\xFF", "a.c:1", "a.c:0", "a.c:99999999999999999999", ":3", "x", "1", "\n", "--help", "--wai",
		"--name", "--name=x", "--graph", "--roots", "--unused", "--depfile=d", "--stamp=s", "--list", "-n", NULL };

	buf_add(to, any_word(commands));
	for (uint32_t n = any(7); n > 0; n--) {
		buf_byte(to, '\0');
		buf_add(to, any_word(words));
	}
}
#endif

static void
put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static char folder[] = "/tmp/skein-arguments.XXXXXX";

static void
remove_folder(void)
{
	char *argv[] = { (char *)"rm", (char *)"-rf", folder, NULL };
	extern char **environ;
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, "rm", NULL, NULL, argv, environ) == 0)
		waitpid(pid, &status, 0);
}

static void
begin(void)
{
	static char path[4096 + 32];
	ssize_t n = readlink("/proc/self/exe", path, 4096);

	assert(n > 0);
	for (int i = 0; i < 3; i++)		/* from BUILD/tests/fuzz/arguments */
		while (path[--n] != '/')
			continue;
	snprintf(path + n, sizeof path - (size_t)n, "/skein");
	skein = path;
	assert(mkdtemp(folder) && chdir(folder) == 0 && mkdir("sub", 0777) == 0);
	atexit(remove_folder);
	put_file("a.md", "```c {file=a.c}\n<<x>>\n```\n```c {#x}\nint a;\n```\n");
	put_file("sub/b.md", "```c {file=b.c}\n<<none>>\n```\n");
	assert(setenv("SKEIN_CACHE_DIR", "cache", 1) == 0);
}

static void
fuzz_one(struct str input)
{
	static char first[] = "skein";
	char *argv[MOST_WORDS + 2] = { first };
	extern char **environ;
	posix_spawn_file_actions_t actions;
	struct buf text = {0};
	size_t n = 1;
	int status;
	pid_t pid;

	if (!skein)
		begin();
	buf_add(&text, input);
	buf_byte(&text, '\0');
	for (size_t at = 0; at < text.len && n <= MOST_WORDS; at += strlen(text.data + at) + 1)
		argv[n++] = text.data + at;
	argv[n] = NULL;
	/* a command that runs things has no place here */
	for (size_t i = 1; i < n; i++)
		if (strcmp(argv[i], "run") == 0 || strcmp(argv[i], "check") == 0 || strcmp(argv[i], "watch") == 0 ||
		    strcmp(argv[i], "/") == 0 || strcmp(argv[i], "//") == 0)
			argv[i] = first;
	assert(posix_spawn_file_actions_init(&actions) == 0);
	assert(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0);
	assert(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0);
	assert(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0);
	assert(posix_spawn(&pid, skein, &actions, NULL, argv, environ) == 0);
	posix_spawn_file_actions_destroy(&actions);
	assert(waitpid(pid, &status, 0) == pid);
	assert(WIFEXITED(status) && WEXITSTATUS(status) <= 9);
	buf_release(&text);
}

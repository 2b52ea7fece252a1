/*
 * skein/jit.h as its users see it: texts become functions, once; what goes
 * wrong is told and harms nothing.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* nftw, RTLD_DEFAULT */
#include "runner/include/skein/jit.h"

#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int number_fn(int);

static char top[] = "/tmp/skein-jit-XXXXXX";
static char cache[64];

static struct skein_jit *
open_jit(int no_compile)
{
	struct skein_jit_options o = { .size = sizeof o, .cache = cache, .no_compile = no_compile };

	return skein_jit_open(&o);
}

static struct skein_jit_request
request(const char *source)
{
	return (struct skein_jit_request){ .size = sizeof(struct skein_jit_request), .source = source };
}

static struct skein_jit_object *
compile(struct skein_jit *j, const char *source)
{
	struct skein_jit_request r = request(source);

	return skein_jit_compile(j, &r);
}

static number_fn *
function(struct skein_jit_object *o, const char *name)
{
	void *address = skein_jit_symbol(o, name);
	number_fn *fn;

	memcpy(&fn, &address, sizeof fn);
	return fn;
}

static void
has(const char *text, const char *part)
{
	if (!strstr(text, part)) {
		fprintf(stderr, "not in '%s': %s\n", text, part);
		abort();
	}
}

#define TWICE	"int twice(int x) { return 2 * x; }"
#define WARNS	"int warns(void) { int unused = 1; return 7; }"

static void
test_texts_become_functions_once(void)
{
	struct skein_jit *j = open_jit(0), *k;
	struct skein_jit_object *a = compile(j, TWICE), *b = compile(j, TWICE), *c;

	assert(a && b && !skein_jit_is_reused(a) && skein_jit_is_reused(b));
	assert(function(a, "twice")(21) == 42 && function(a, "twice") == function(b, "twice"));
	assert(strcmp(skein_jit_error(j), "") == 0 && skein_jit_status(j) == SKEIN_JIT_DONE);
	assert(strlen(skein_jit_digest(a)) == 64 && strcmp(skein_jit_key(a), skein_jit_key(b)) == 0);
	skein_jit_release(a);
	assert(function(b, "twice")(4) == 8);	/* one of the two is still there */
	/* another handle has a copy of its own, and starts no compiler */
	k = open_jit(1);
	c = compile(k, TWICE);
	assert(c && skein_jit_is_reused(c) && function(c, "twice") != function(b, "twice"));
	assert(!compile(k, "int other;") && skein_jit_status(k) == SKEIN_JIT_ENVIRONMENT);
	has(skein_jit_error(k), "jit.c is not in the cache, and nothing may be compiled");
	skein_jit_close(j);
	assert(function(c, "twice")(5) == 10);
	skein_jit_close(k);
	skein_jit_close(NULL);
	skein_jit_release(NULL);
}

static void
test_many_compile_side_by_side_and_warnings_are_replayed(void)
{
	struct skein_jit *j = open_jit(0);
	struct skein_jit_request r[3] = { request(WARNS), request("int one(int x) { return x + 1; }"),
	    request("int two(int x) { return x + 2; }") };
	struct skein_jit_object *o[3], *again;

	r[0].name = "warns.c";
	for (int i = 0; i < 3; i++)
		assert((o[i] = skein_jit_add(j, &r[i])));
	assert(function(o[2], "two")(1) == 3 && function(o[1], "one")(1) == 2);
	has(skein_jit_messages(o[0]), "warns.c:1:23: warning: unused variable 'unused' [-Wunused-variable]");
	again = skein_jit_compile(j, &r[0]);
	assert(skein_jit_is_reused(again));
	has(skein_jit_messages(again), "warns.c:1:23: warning: unused variable");
	assert(strcmp(skein_jit_messages(o[1]), "") == 0);
	skein_jit_close(j);
}

static void
test_what_goes_wrong_is_told(void)
{
	struct skein_jit *j = open_jit(0);
	struct skein_jit_request r = request("int broken(void) { return nix; }");
	struct skein_jit_object *o;

	r.name = "b.c";
	for (int i = 0; i < 2; i++) {		/* compiled, then replayed */
		assert(!skein_jit_compile(j, &r) && skein_jit_status(j) == SKEIN_JIT_COMPILE);
		has(skein_jit_error(j), "b.c:1:27: error: 'nix' undeclared");
	}
	assert(!compile(j, "int nix(void); int f(void) { return nix(); }"));
	assert(skein_jit_status(j) == SKEIN_JIT_LOAD);
	has(skein_jit_error(j), "jit.c: undefined symbol: nix");
	o = compile(j, TWICE);
	assert(strcmp(skein_jit_error(j), "") == 0);
	assert(!skein_jit_symbol(o, "thrice") && !skein_jit_symbol(o, "printf"));
	has(skein_jit_error(j), "jit.c does not define 'printf' for others");
	r = request("int x;");
	r.name = "a/b.c";
	assert(!skein_jit_add(j, &r) && skein_jit_status(j) == SKEIN_JIT_USAGE);
	has(skein_jit_error(j), "a name is a plain file name");
	r = request(NULL);
	assert(!skein_jit_add(j, &r) && skein_jit_status(j) == SKEIN_JIT_USAGE);
	r = request("int x;");
	r.size = 0;
	assert(!skein_jit_add(j, &r));
	has(skein_jit_error(j), "the size of the request is not set");
	r = request("int x;");
	r.include_folders = (const char *const[]){ "here", NULL };
	assert(!skein_jit_add(j, &r));
	has(skein_jit_error(j), "include folders are absolute paths");
	skein_jit_close(j);
}

static void
test_a_handle_that_is_no_good_says_why_each_time(void)
{
	struct skein_jit_options o = { .size = sizeof o, .cache = cache, .compiler = "/nowhere/gcc" };
	struct skein_jit *j = skein_jit_open(&o);

	for (int i = 0; i < 2; i++) {
		assert(!compile(j, TWICE) && skein_jit_status(j) == SKEIN_JIT_ENVIRONMENT);
		has(skein_jit_error(j), "/nowhere/gcc");
	}
	skein_jit_close(j);
	o.cache = top;
	assert(chmod(top, 0777) == 0);
	j = skein_jit_open(&o);
	has(skein_jit_error(j), "can be written by others");
	assert(!compile(j, TWICE));
	has(skein_jit_error(j), "can be written by others");
	skein_jit_close(j);
	assert(chmod(top, 0700) == 0);
}

static void
test_flags_libraries_headers_and_cxx(void)
{
	static const char *const flags[] = { "-DN=40", "-O2", NULL };
	static const char *const libs[] = { "-lm", NULL };
	const char *const folders[] = { top, NULL };
	struct skein_jit *j = open_jit(0);
	struct skein_jit_request r = request("#include <math.h>\n#include \"two.h\"\n"
	    "int f(int x) { return (int)sqrt(x) + N + TWO; }");
	struct skein_jit_object *o;
	char header[64];
	FILE *to;

	snprintf(header, sizeof header, "%s/two.h", top);
	for (int two = 2; two < 4; two++) {	/* a header that changed is no hit */
		assert((to = fopen(header, "we")) && fprintf(to, "#define TWO %d\n", two) > 0 && fclose(to) == 0);
		r.flags = flags;
		r.libs = libs;
		r.include_folders = folders;
		skein_jit_close(j);
		j = open_jit(0);
		o = skein_jit_compile(j, &r);
		assert(o && !skein_jit_is_reused(o) && function(o, "f")(9) == 43 + two);
	}
	r = request("template<class T> T add(T a, T b) { return a + b; }\n"
	    "inline int &count() { static int n; return n; }\n"
	    "extern \"C\" int g(int x) { count()++; return add(x, 1) + count(); }");
	r.is_cxx = 1;
	r.name = "g.cc";
	o = skein_jit_compile(j, &r);
	assert(o && function(o, "g")(1) == 3);
	skein_jit_release(o);			/* its unique symbol keeps it loaded */
	o = compile(j, TWICE);
	assert(o && function(o, "twice")(1) == 2);
	skein_jit_close(j);
}

static void
test_only_what_is_global_is_seen_by_later_ones(void)
{
	struct skein_jit *j = open_jit(0);
	struct skein_jit_request r = request("int base(int x) { return x + 100; }");
	const char *user = "int base(int); int uses(int x) { return base(x) + 1; }";

	assert(skein_jit_compile(j, &r) && !compile(j, user));
	r.is_global = 1;
	assert(skein_jit_compile(j, &r));
	assert(function(compile(j, user), "uses")(1) == 102);
	skein_jit_close(j);
	assert(!dlsym(RTLD_DEFAULT, "base"));
}

static int generated;

static char *
generate(void *arg)
{
	generated++;
	return arg ? strdup(arg) : NULL;
}

static void
test_a_text_is_generated_once_for_its_signature(void)
{
	struct skein_jit *j = open_jit(0);
	struct skein_jit_request r = { .size = sizeof r, .signature = "v1 \0 3", .signature_size = 6,
	    .generate = generate, .generate_arg = (char[]){ "int three(int x) { return 3 * x; }" } };
	struct skein_jit_object *o = skein_jit_compile(j, &r);

	assert(o && function(o, "three")(2) == 6 && generated == 1);
	skein_jit_close(j);
	j = open_jit(0);
	o = skein_jit_compile(j, &r);
	assert(o && skein_jit_is_reused(o) && function(o, "three")(3) == 9 && generated == 1);
	r.signature = "v1 \0 4";
	r.generate_arg = NULL;
	assert(!skein_jit_compile(j, &r) && generated == 2);
	has(skein_jit_error(j), "jit.c: no text was generated");
	assert(!skein_jit_compile(j, &r) && generated == 3);	/* a failure is not kept */
	r.signature_size = 0;
	assert(!skein_jit_compile(j, &r));
	has(skein_jit_error(j), "needs a signature");
	skein_jit_close(j);
}

static int
damage(const char *path, const struct stat *st, int type, struct FTW *where)
{
	int fd;

	(void)st;
	(void)where;
	if (type != FTW_F || !(strstr(path, "/o/") || strstr(path, "/g/")))
		return 0;
	assert(chmod(path, 0600) == 0 && (fd = open(path, O_WRONLY | O_CLOEXEC)) != -1);
	assert(pwrite(fd, "?", 1, 90) == 1 && close(fd) == 0);
	return 0;
}

static void
test_what_is_damaged_is_made_again(void)
{
	struct skein_jit *j;
	struct skein_jit_object *o;
	struct skein_jit_request r = { .size = sizeof r, .signature = "v1 \0 3", .signature_size = 6,
	    .generate = generate, .generate_arg = (char[]){ "int three(int x) { return 3 * x; }" } };

	assert(nftw(cache, damage, 8, FTW_PHYS) == 0);
	j = open_jit(0);
	o = compile(j, TWICE);
	assert(o && !skein_jit_is_reused(o) && function(o, "twice")(2) == 4);
	generated = 0;
	o = skein_jit_compile(j, &r);
	assert(o && !skein_jit_is_reused(o) && function(o, "three")(2) == 6 && generated == 1);
	skein_jit_close(j);
}

static void *
in_thread(void *arg)
{
	struct skein_jit *j = open_jit(0);
	struct skein_jit_object *o = compile(j, "int shared(int x) { return x - 1; }");

	assert(o && function(o, "shared")(1) == 0);
	*(int *)arg = !skein_jit_is_reused(o);
	skein_jit_close(j);
	return NULL;
}

static void
test_threads_and_programs_compile_it_once(void)
{
	enum { N = 4 };
	pthread_t threads[N];
	int compiled[N] = {0}, sum = 0, children = 0, status;

	for (int i = 0; i < N; i++)
		assert(pthread_create(&threads[i], NULL, in_thread, &compiled[i]) == 0);
	for (int i = 0; i < N; i++) {
		assert(pthread_join(threads[i], NULL) == 0);
		sum += compiled[i];
	}
	assert(sum == 1);
	for (int i = 0; i < N; i++) {
		if (fork() == 0) {
			struct skein_jit *j = open_jit(0);
			struct skein_jit_object *o = compile(j, "int apart(int x) { return x; }");

			_exit(!o ? 2 : !skein_jit_is_reused(o));
		}
	}
	while (wait(&status) > 0) {
		assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		children += WEXITSTATUS(status);
	}
	assert(children == 1);
}

static void
on_signal(int number)
{
	(void)number;
}

static void
test_the_program_keeps_its_signals(void)
{
	struct sigaction mine = { .sa_handler = on_signal }, now;
	struct skein_jit *j;

	assert(sigaction(SIGINT, &mine, NULL) == 0);
	j = open_jit(0);
	assert(compile(j, "int signals;"));
	assert(sigaction(SIGINT, NULL, &now) == 0 && now.sa_handler == on_signal);
	assert(sigaction(SIGTERM, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
	raise(SIGINT);
	assert(compile(j, "int more_signals;"));	/* and is not stopped by them */
	skein_jit_close(j);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int
main(void)
{
	assert(mkdtemp(top));
	snprintf(cache, sizeof cache, "%s/cache", top);
	test_texts_become_functions_once();
	test_many_compile_side_by_side_and_warnings_are_replayed();
	test_what_goes_wrong_is_told();
	test_a_handle_that_is_no_good_says_why_each_time();
	test_flags_libraries_headers_and_cxx();
	test_only_what_is_global_is_seen_by_later_ones();
	test_a_text_is_generated_once_for_its_signature();
	test_what_is_damaged_is_made_again();
	test_threads_and_programs_compile_it_once();
	test_the_program_keeps_its_signals();
	assert(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}

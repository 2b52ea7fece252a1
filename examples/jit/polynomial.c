/*
 * Evaluate a polynomial, by code that is made for just that polynomial:
 *
 *	$ ./polynomial 2 1 0 3        (1 + 3x^2 at x = 2)
 *	13
 *
 * The first run with these coefficients starts the compiler; later ones, of
 * any program that asks for the same, do not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <skein/jit.h>

enum { MOST = 64 };

struct polynomial {
	const char *coefficients[MOST];		/* of x^0, x^1, ... */
	int n;
};

/* Horner's rule, written out. Called only if nobody has made this text before. */
static char *
generate(void *arg)
{
	const struct polynomial *p = arg;
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	fprintf(to, "double value(double x)\n{\n\treturn ");
	for (int i = 0; i < p->n - 1; i++)
		fprintf(to, "%s + x * (", p->coefficients[i]);
	fprintf(to, "%s", p->coefficients[p->n - 1]);
	for (int i = 0; i < p->n - 1; i++)
		fputc(')', to);
	fprintf(to, ";\n}\n");
	return fclose(to) == 0 ? text : NULL;
}

/* All that the text depends on: the generator and what it is given. */
static void
sign(const struct polynomial *p, char *signature, size_t size)
{
	size_t n = (size_t)snprintf(signature, size, "polynomial 1");

	for (int i = 0; i < p->n && n < size; i++)
		n += (size_t)snprintf(signature + n, size - n, " %s", p->coefficients[i]);
}

static int
evaluate(struct skein_jit *jit, const struct polynomial *p, double x)
{
	static const char *const flags[] = { "-O2", NULL };
	char signature[4096];
	struct skein_jit_request request = {
		.size = sizeof request, .name = "polynomial.c",
		.generate = generate, .generate_arg = (void *)p,
		.signature = signature, .flags = flags,
	};
	struct skein_jit_object *object;
	double (*value)(double) = NULL;
	void *address = NULL;

	sign(p, signature, sizeof signature);
	request.signature_size = strlen(signature);
	object = skein_jit_compile(jit, &request);
	if (object)
		address = skein_jit_symbol(object, "value");
	if (!address) {
		fputs(skein_jit_error(jit), stderr);
		return 1;
	}
	memcpy(&value, &address, sizeof value);
	printf("%g\n", value(x));
	if (getenv("VERBOSE"))
		fprintf(stderr, "%s\n", skein_jit_is_reused(object) ? "from the cache" : "compiled");
	return 0;
}

int
main(int argc, char **argv)
{
	struct polynomial p = { .n = argc - 2 };
	struct skein_jit *jit;
	int status;

	if (argc < 3 || p.n > MOST) {
		fprintf(stderr, "usage: %s X C0 [C1 ...]\n", argv[0]);
		return 2;
	}
	for (int i = 0; i < p.n; i++)
		p.coefficients[i] = argv[i + 2];
	jit = skein_jit_open(NULL);
	status = evaluate(jit, &p, strtod(argv[1], NULL));
	skein_jit_close(jit);
	return status;
}

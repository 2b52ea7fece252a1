#include "runner/lua/standard.h"

#include <string.h>

/* Those of the C library for which one would not write a C cell, as the standard has them. */
static const char *const declarations[] = {
	/* math.h, which cells are linked with */
	"double sqrt(double x)", "double cbrt(double x)", "double pow(double x, double y)", "double exp(double x)",
	"double log(double x)", "double log2(double x)", "double log10(double x)", "double sin(double x)",
	"double cos(double x)", "double tan(double x)", "double asin(double x)", "double acos(double x)",
	"double atan(double x)", "double atan2(double y, double x)", "double sinh(double x)",
	"double cosh(double x)", "double tanh(double x)", "double floor(double x)", "double ceil(double x)",
	"double round(double x)", "double trunc(double x)", "double fabs(double x)", "double fmod(double x, double y)",
	"double fma(double x, double y, double z)", "double hypot(double x, double y)", "double erf(double x)",
	"double tgamma(double x)", "double lgamma(double x)",
	/* string.h */
	"size_t strlen(const char *s)", "int strcmp(const char *a, const char *b)",
	"int strncmp(const char *a, const char *b, size_t n)", "char *strcpy(char *to, const char *from)",
	"char *strncpy(char *to, const char *from, size_t n)", "char *strcat(char *to, const char *from)",
	"char *strchr(const char *s, int c)", "char *strstr(const char *s, const char *part)",
	"char *strerror(int number)", "void *memcpy(void *to, const void *from, size_t n)",
	"void *memmove(void *to, const void *from, size_t n)", "void *memset(void *to, int c, size_t n)",
	"int memcmp(const void *a, const void *b, size_t n)",
	/* stdlib.h */
	"void *malloc(size_t size)", "void *calloc(size_t n, size_t size)", "void *realloc(void *p, size_t size)",
	"void free(void *p)", "int abs(int n)", "long labs(long n)", "int atoi(const char *s)",
	"double atof(const char *s)", "int rand(void)", "void srand(unsigned seed)", "char *getenv(const char *name)",
	"void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))",
	("void *bsearch(const void *key, const void *base, size_t n, size_t size, "
	    "int (*compare)(const void *, const void *))"),
	"void abort(void)", "void exit(int status)",
	/* stdio.h */
	"int printf(const char *format, ...)", "int fprintf(FILE *to, const char *format, ...)",
	"int snprintf(char *to, size_t size, const char *format, ...)", "int puts(const char *s)",
	"int putchar(int c)", "int fputs(const char *s, FILE *to)", "int fputc(int c, FILE *to)",
	"int fflush(FILE *file)", "FILE *fopen(const char *path, const char *mode)", "int fclose(FILE *file)",
	"size_t fread(void *to, size_t size, size_t n, FILE *file)",
	"size_t fwrite(const void *from, size_t size, size_t n, FILE *file)", "int fgetc(FILE *file)",
	/* ctype.h */
	"int isalpha(int c)", "int isdigit(int c)", "int isspace(int c)", "int toupper(int c)", "int tolower(int c)",
	/* time.h, unistd.h */
	"long time(long *to)", "long clock(void)", "int getpid(void)", "int close(int fd)",
	"unsigned sleep(unsigned seconds)"
};

const char *
standard_declaration(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof declarations / sizeof *declarations; i++) {
		const char *open = strchr(declarations[i], '(');

		if ((size_t)(open - declarations[i]) > len && strncmp(open - len, name, len) == 0 &&
		    strchr(" *", open[-(long)len - 1]))
			return declarations[i];
	}
	return NULL;
}

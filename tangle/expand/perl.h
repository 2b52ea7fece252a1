/*
 * What runs over lines in Perl and in nothing else: documents (<<EOT), quotes with a
 * delimiter of one's own, patterns, and pod.
 *
 * Part of a seam's lexer.
 */
#ifndef TANGLE_EXPAND_PERL_H
#define TANGLE_EXPAND_PERL_H

#include <stdbool.h>

struct cursor;
struct seam;

/* Before a line is read: pod may begin, or the program end. */
void perl_begin_line(struct cursor *x);

/* Where anything may begin: what begins is opened, or passed; false if it is none of these. */
bool perl_open(struct cursor *x);

/* A line of a document or of pod, which may be its last. */
void perl_read_document(struct cursor *x);

/* Behind a line: the document that was announced in it begins. */
void perl_end_line(struct seam *s);

#endif

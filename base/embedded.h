/* Files of the source tree that the binary carries (the build makes the table): migrations and the WSDL. */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name; /* path in the source tree: "db/migrations/0001_initial.sql" */
	const char *data; /* its bytes, and a NUL after them */
	const char *end;  /* points at that NUL */
};

/* In order of name; the last has a NULL name. */
extern const struct embedded_file embedded_files[];

/* The file of that name; NULL when the binary does not carry it. */
const struct embedded_file *embedded_file_find(const char *name);

#endif

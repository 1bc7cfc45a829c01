/* A form as browsers and HTTP clients post it: application/x-www-form-urlencoded. */
#ifndef SERVICES_SOAP_FORM_H
#define SERVICES_SOAP_FORM_H

#include <stddef.h>

#include <glib.h>

#include "base/error.h"

enum { FORM_FIELDS_MAX = 10000 };

struct form_field {
	char *name;
	char *value; /* UTF-8 that XML can hold */
};

/* Fields (struct form_field) in order, a name as often as it was sent; NULL when it is no form: error says why, as the end
 * of a sentence. g_ptr_array_unref() frees all. charset: any that iconv knows; NULL: UTF-8. */
GPtrArray *form_parse(const char *body, size_t length, const char *charset, struct error *error);

/* The first field of that name at or behind *index (any case), whose value is returned and *index set behind it; NULL when
 * there is none. */
const char *form_next(const GPtrArray *form, const char *name, guint *index);

#endif

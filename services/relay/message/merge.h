/*
 * Merge fields: %%FieldName%% in a text, replaced for each recipient.
 *
 * A text is split once (merge_template_create) and filled for each recipient (merge_template_fill). Names are
 * matched in any case; %%FieldName**Default%% gives the default where the field is empty; %%EmailAddress%% and %%UnsubscribeURL%% are
 * always known, and a field that a recipient does not have is empty.
 * A name has no percent sign, angle bracket, control character or outer white space, so that "100%% and
 * 50%% off" stays text.
 */
#ifndef SERVICES_RELAY_MESSAGE_MERGE_H
#define SERVICES_RELAY_MESSAGE_MERGE_H

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"

enum {
	MERGE_NAME_MAX = 255,     /* characters */
	MERGE_DEFAULT_MAX = 1000, /* bytes; what is longer stays text */
	/* Bytes of values, that all texts for one recipient take in, and of these the header. A short text may name a long value
	 * any number of times. */
	MERGE_VALUES_MAX = 4 * 1024 * 1024,
	MERGE_HEADER_MAX = 16 * 1024
};

/* What a value may not break where it is put. The text around it is taken as it is. */
enum merge_place {
	MERGE_TEXT,
	MERGE_HTML,  /* & < > " ' become references */
	MERGE_HEADER /* control characters become spaces: no value starts a field */
};

struct merge_template;
struct merge_values;

/* text is copied. merge_template_free() frees it. */
struct merge_template *merge_template_create(const char *text, enum merge_place place);
void merge_template_free(struct merge_template *merge);

/* Whether filling gives every recipient the same text. */
bool merge_template_is_fixed(const struct merge_template *merge);

/* What is known of each recipient, whatever fields it has. */
struct merge_known {
	const char *address;
	const char *unsubscribe_url; /* NULL: there is none, and its field is empty */
};

/* known is copied, its strings are not. json: an object of strings keyed by lower-case field name; NULL: none. Returns NULL and
 * says why when it is not such an object. merge_values_free() frees it. */
struct merge_values *merge_values_create(
    const struct merge_known *known, const char *json, struct error *error);
void merge_values_free(struct merge_values *values);

/* Appends the text with its fields replaced. False: the values that were taken so far would become too many; out has some of the
 * text. */
bool merge_template_fill(const struct merge_template *merge, struct merge_values *values,
    GString *out, struct error *error);

#endif

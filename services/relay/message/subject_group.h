/*
 * The Subject rule of the contract: decode, find the last {group}, cut it, write the rest back.
 */
#ifndef SERVICES_RELAY_MESSAGE_SUBJECT_GROUP_H
#define SERVICES_RELAY_MESSAGE_SUBJECT_GROUP_H

#include <stdbool.h>
#include <stddef.h>

enum { GROUP_NAME_MAX = 255 }; /* characters */

struct subject_group {
	char *subject; /* decoded UTF-8, group cut; g_free */
	char *field;   /* the field's new value, after "Subject:" with its leading space, CRLF folds, no CRLF at the end; NULL: keep what came. g_free */
	char *group;   /* the group's name, trimmed; NULL: none. g_free */
	char *note;    /* why a name in braces is no group; NULL. g_free */
};

/* value: the raw field value, folds (CRLF white space) and all, length bytes. Never fails: what cannot be decoded stays as text. */
void subject_group_read(const char *value, size_t length, struct subject_group *out);
void subject_group_clear(struct subject_group *group);

#endif

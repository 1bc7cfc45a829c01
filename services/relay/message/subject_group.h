/*
 * The Subject rule of the contract: decode, find the last {group}, cut it, write the rest back.
 *
 * The group is the last {...} with no brace inside. It goes with the white space around it; where there was
 * some, one space stays between two words ("A {G} B" gives "A B", "A{G}B" gives "AB"). {} is cut and means
 * no group. A name that cannot be one leaves the field as it came; an earlier group in it is not looked for.
 */
#ifndef SERVICES_RELAY_MESSAGE_SUBJECT_GROUP_H
#define SERVICES_RELAY_MESSAGE_SUBJECT_GROUP_H

#include <stddef.h>

enum {
	GROUP_NAME_MAX = 255, /* characters */
	SUBJECT_SIZE_MAX =
	    65536 /* bytes of the raw value; no group is looked for in a longer one */
};

/* Strings are the caller's, by subject_group_clear(). */
struct subject_group {
	/* Decoded UTF-8, the group cut, control characters as spaces, outer white space trimmed. */
	char *subject;
	/* The field's new value, after "Subject:": leading space, CRLF folds, no CRLF at the end; "" when
	 * nothing is left. NULL: keep what came. */
	char *field;
	/* The group's name, trimmed. NULL: none. */
	char *group;
	/* Why a name in braces is no group; one line. NULL: nothing to say. */
	char *note;
};

/* value: the raw field value, folds (CRLF white space) and all, length bytes. Never fails: what cannot be
 * decoded stays as text. */
void subject_group_read(const char *value, size_t length, struct subject_group *out);

void subject_group_clear(struct subject_group *group);

#endif

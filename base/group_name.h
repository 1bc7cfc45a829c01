/*
 * Names of groups, and the {Group} in a Subject: the rules that the API and the relay share.
 *
 * A name has 1 to GROUP_NAME_CHARACTERS characters of UTF-8, no control characters and no braces; white
 * space around it does not count. Whether it is taken, in any case of letters, the database knows.
 */
#ifndef BASE_GROUP_NAME_H
#define BASE_GROUP_NAME_H

#include <stdbool.h>

#include "base/error.h"

enum { GROUP_NAME_CHARACTERS = 255 };

/* The name without the white space around it, the caller's to g_free(); NULL when it is none: error says why, as
 * the end of a sentence ("is empty"). name: any bytes. */
char *group_name_parse(const char *name, struct error *error);

/* What a Subject says about the group. Freed by group_name_cut_clear(). */
struct group_name_cut {
	char *subject; /* the text without its group; never NULL */
	char *group;   /* the group's name; NULL: none was named */
	char *note;  /* why what stands in the braces is no name, for the report; NULL as a rule */
	bool is_cut; /* whether subject differs from the text: braces were found and cut */
};

/*
 * Cuts the last {...} that has no brace inside, with the white space around it; one space stays where there was
 * some between two words. `{}` and `{ }` are cut and name nothing. What is no name stays in the subject, with
 * a note. text: decoded, valid UTF-8.
 */
void group_name_cut(const char *text, struct group_name_cut *cut);
void group_name_cut_clear(struct group_name_cut *cut);

#endif

/* bracemail.conf(5) beside the parser's own table: each key, its type, range and default, and none besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/config_parse.h"
#include "server/config_value.h"

#define MANUAL_PATH "packaging/man/bracemail.conf.5"

struct manual {
	char *text;
	cfg_t *cfg;
	unsigned keys; /* seen in the parser's table */
	unsigned wrong;
};

/* Where the subsection of that name begins and ends; NULL: there is none. */
static char *
manual_find_section(const struct manual *manual, const char *name, const char **end)
{
	char *head = g_strdup_printf("\n.SS %s\n", name);
	char *at = strstr(manual->text, head);

	if (at != NULL) {
		at += strlen(head);
		*end = strstr(at, "\n.S");
	}
	g_free(head);
	return at;
}

/* What stands in parentheses after the key; g_free. NULL: the key is not there. */
static char *
manual_find_key(const struct manual *manual, const char *section, const char *key)
{
	const char *end = NULL;
	char *item = g_strdup_printf(".TP\n\\fB%s\\fR (", key);
	const char *at = manual_find_section(manual, section, &end);
	const char *close = NULL;

	at = at == NULL ? NULL : g_strstr_len(at, end - at, item);
	if (at != NULL) {
		at += strlen(item);
		close = strstr(at, ")\n");
	}
	g_free(item);
	return close == NULL ? NULL : g_strndup(at, (gsize)(close - at));
}

static const char *
manual_type(const cfg_opt_t *option)
{
	bool is_list = (option->flags & CFGF_LIST) != 0;

	switch (option->type) {
	case CFGT_INT:
		return is_list ? "list of numbers" : "number";
	case CFGT_BOOL:
		return "boolean";
	case CFGT_STR:
		return is_list ? "list of strings" : "string";
	default:
		return "?";
	}
}

/* The default as the page writes it; g_free. NULL: the page says in words what an absent key means. */
static char *
manual_default(const cfg_opt_t *option)
{
	if (option->flags & CFGF_LIST)
		return strcmp(option->def.parsed, "{}") == 0 ? NULL : g_strdup(option->def.parsed);
	if (option->type == CFGT_INT)
		return g_strdup_printf("%ld", option->def.number);
	if (option->type == CFGT_BOOL)
		return g_strdup(option->def.boolean ? "true" : "false");
	if (option->def.string[0] == '\0' || strcmp(option->name, "hostname") == 0)
		return NULL;
	return g_strdup(option->def.string);
}

static bool
manual_takes(const char *key, cfg_opt_t *option, long value)
{
	struct error error;

	cfg_opt_setnint(option, value, 0);
	return config_value_check(key, option, 0, &error);
}

/* Whether ", LEAST to MOST" or ", LEAST at least" is what the parser takes. */
static bool
manual_range_is_right(const char *text, const char *key, cfg_opt_t *option)
{
	long least, most;
	int length = 0;

	if (sscanf(text, ", %ld to %ld;%n", &least, &most, &length) == 2 && length > 0)
		return !manual_takes(key, option, least - 1) && manual_takes(key, option, least) &&
		    manual_takes(key, option, most) && !manual_takes(key, option, most + 1);
	if (sscanf(text, ", %ld at least;%n", &least, &length) == 1 && length > 0)
		return !manual_takes(key, option, least - 1) && manual_takes(key, option, least) &&
		    manual_takes(key, option, LONG_MAX);
	return false;
}

static bool
manual_default_is_right(const char *said, const cfg_opt_t *option)
{
	const char *text = strstr(said, "; default: ");
	char *expected = manual_default(option);
	bool right = text != NULL && text[strlen("; default: ")] != '\0' &&
	    (expected == NULL || strcmp(text + strlen("; default: "), expected) == 0);

	g_free(expected);
	return right;
}

static void
manual_check_key(struct manual *manual, const char *section, const char *prefix, cfg_opt_t *option)
{
	char *said = manual_find_key(manual, section, option->name);
	char *key = g_strconcat(prefix, option->name, NULL);
	const char *type = manual_type(option);
	bool right = said != NULL && g_str_has_prefix(said, type) &&
	    manual_default_is_right(said, option) &&
	    (option->type != CFGT_INT || manual_range_is_right(said + strlen(type), key, option));

	if (!right) {
		print_error("%s: %s (%s): the page says \"%s\"\n", MANUAL_PATH, key, type,
		    said == NULL ? "nothing" : said);
		manual->wrong++;
	}
	manual->keys++;
	g_free(key);
	g_free(said);
}

static void
manual_check_section(
    struct manual *manual, const char *section, const char *prefix, const cfg_t *cfg)
{
	for (cfg_opt_t *option = cfg->opts; option->name != NULL; option++) {
		char *inside;

		if (option->type != CFGT_SEC) {
			manual_check_key(manual, section, prefix, option);
			continue;
		}
		inside = g_strconcat(option->name, "|", NULL);
		manual_check_section(manual, option->name, inside, cfg_opt_getnsec(option, 0));
		g_free(inside);
	}
}

static int
manual_open(void **state)
{
	struct manual *manual = g_new0(struct manual, 1);
	GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);

	*state = manual;
	manual->cfg = config_parse(NULL, CONFIG_PROFILE_PRODUCTION, problems);
	assert_int_equal(problems->len, 0);
	g_ptr_array_free(problems, TRUE);
	return g_file_get_contents(MANUAL_PATH, &manual->text, NULL, NULL) ? 0 : -1;
}

static int
manual_close(void **state)
{
	struct manual *manual = *state;

	cfg_free(manual->cfg);
	g_free(manual->text);
	g_free(manual);
	return 0;
}

static unsigned
manual_count_keys(const char *text)
{
	const char *end = strstr(text, "\n.SH FILES\n");
	unsigned count = 0;

	assert_non_null(end);
	for (text = strstr(text, ".TP\n\\fB"); text != NULL && text < end;
	     text = strstr(text + 1, ".TP\n\\fB"))
		count++;
	return count;
}

static void
test_each_key_is_in_the_page_as_it_is(void **state)
{
	struct manual *manual = *state;

	manual_check_section(manual, "Top level", "", manual->cfg);
	assert_int_equal(manual->wrong, 0);
	assert_true(manual->keys > 0);
	assert_int_equal(manual_count_keys(manual->text), manual->keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_each_key_is_in_the_page_as_it_is, manual_open, manual_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

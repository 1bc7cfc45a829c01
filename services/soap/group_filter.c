#include "services/soap/group_filter.h"

#include <string.h>

struct parser {
	const char *start, *next;
	GString *path;
	group_filter_key *key;
	void *arg;
	unsigned depth;
	struct error *error;
};

static bool parse_or(struct parser *parser);

static void
skip_space(struct parser *parser)
{
	while (g_ascii_isspace(*parser->next))
		parser->next++;
}

static bool
fail(struct parser *parser, const char *wanted)
{
	return error_set(parser->error, "character %ld of ToGroupFilter: here %s is missing",
	    g_utf8_pointer_to_offset(parser->start, parser->next) + 1, wanted);
}

static bool
is_word_character(const char *at)
{
	return g_ascii_isalnum(*at) || *at == '_' || (*at & 0x80) != 0;
}

/* Takes the sign, if it is what comes next. */
static bool
take_sign(struct parser *parser, const char *sign)
{
	skip_space(parser);
	if (!g_str_has_prefix(parser->next, sign))
		return false;
	parser->next += strlen(sign);
	return true;
}

/* The same of a whole word, in any case. */
static bool
take_word(struct parser *parser, const char *word)
{
	size_t length = strlen(word);

	skip_space(parser);
	if (g_ascii_strncasecmp(parser->next, word, length) != 0 ||
	    is_word_character(parser->next + length))
		return false;
	parser->next += length;
	return true;
}

/* What stands between two quotes, the closing one doubled for itself. The opening one was taken. NULL: it does not end. */
static GString *
read_quoted(struct parser *parser, char quote)
{
	GString *text = g_string_new(NULL);

	for (; *parser->next != '\0'; parser->next++) {
		if (*parser->next == quote && *++parser->next != quote)
			return text;
		g_string_append_c(text, *parser->next);
	}
	g_string_free(text, TRUE);
	return NULL;
}

static GString *
read_name(struct parser *parser)
{
	const char *start;

	if (take_sign(parser, "["))
		return read_quoted(parser, ']');
	if (take_sign(parser, "\""))
		return read_quoted(parser, '"');
	start = parser->next;
	while (is_word_character(parser->next))
		parser->next++;
	return parser->next > start ? g_string_new_len(start, parser->next - start) : NULL;
}

/* A string of jsonpath, which are those of JavaScript. */
static void
append_string(GString *path, const char *text)
{
	g_string_append_c(path, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(path, '\\');
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			g_string_append_printf(path, "\\u%04x", (unsigned char)*text);
		else
			g_string_append_c(path, *text);
	}
	g_string_append_c(path, '"');
}

/* The field, as the path of its value. g_free; NULL: failed. */
static char *
parse_field(struct parser *parser)
{
	GString *name = read_name(parser);
	GString *place;
	char *key;

	if (name == NULL) {
		fail(parser, "a field's name");
		return NULL;
	}
	key = parser->key(parser->arg, name->str, parser->error);
	g_string_free(name, TRUE);
	if (key == NULL)
		return NULL;
	place = g_string_new("$.");
	append_string(place, key);
	g_free(key);
	return g_string_free(place, FALSE);
}

/* NULL: it is no string in single quotes. */
static GString *
read_string(struct parser *parser)
{
	return take_sign(parser, "'") ? read_quoted(parser, '\'') : NULL;
}

/* Whether a value matches text, in which % and _ may stand for others (LIKE), regardless of case. */
static void
append_match(struct parser *parser, const char *place, const char *text, bool is_pattern)
{
	static const char special[] = "\\^$.|?*+()[]{}-";
	GString *expression = g_string_new("^");

	if (*text == '\0')
		g_string_append_printf(parser->path, "!exists(%s) || ", place);
	for (; *text != '\0'; text++) {
		if (is_pattern && *text == '%') {
			g_string_append(expression, ".*");
		} else if (is_pattern && *text == '_') {
			g_string_append_c(expression, '.');
		} else {
			if (strchr(special, *text) != NULL)
				g_string_append_c(expression, '\\');
			g_string_append_c(expression, *text);
		}
	}
	g_string_append_c(expression, '$');
	g_string_append_printf(parser->path, "%s like_regex ", place);
	append_string(parser->path, expression->str);
	g_string_append(parser->path, " flag \"is\"");
	g_string_free(expression, TRUE);
}

/* Appends a number. False: there is none. */
static bool
append_number(struct parser *parser, GString *out)
{
	const char *start;
	bool negative = take_sign(parser, "-");

	skip_space(parser);
	start = parser->next;
	while (g_ascii_isdigit(*parser->next))
		parser->next++;
	if (parser->next == start)
		return false;
	if (negative)
		g_string_append_c(out, '-');
	/* 007 would be an octal number, which jsonpath has not. */
	while (*start == '0' && start + 1 < parser->next)
		start++;
	g_string_append_len(out, start, parser->next - start);
	if (*parser->next != '.' || !g_ascii_isdigit(parser->next[1]))
		return true;
	start = parser->next++;
	while (g_ascii_isdigit(*parser->next))
		parser->next++;
	g_string_append_len(out, start, parser->next - start);
	return true;
}

/* sign: as jsonpath has it. */
static bool
parse_compared(struct parser *parser, const char *place, const char *sign)
{
	GString *text = read_string(parser);

	if (text == NULL) {
		g_string_append_printf(parser->path, "%s.double() %s ", place, sign);
		return append_number(parser, parser->path) ||
		    fail(parser, "'a string' or a number");
	}
	if (strcmp(sign, "==") == 0 || strcmp(sign, "!=") == 0) {
		g_string_append(parser->path, *sign == '!' ? "!(" : "(");
		append_match(parser, place, text->str, false);
		g_string_append_c(parser->path, ')');
	} else {
		g_string_append_printf(parser->path, "%s %s ", place, sign);
		append_string(parser->path, text->str);
	}
	g_string_free(text, TRUE);
	return true;
}

static bool
parse_like(struct parser *parser, const char *place)
{
	GString *text = read_string(parser);

	if (text == NULL)
		return fail(parser, "'a pattern'");
	append_match(parser, place, text->str, true);
	g_string_free(text, TRUE);
	return true;
}

static bool
parse_in(struct parser *parser, const char *place)
{
	if (!take_sign(parser, "("))
		return fail(parser, "(");
	do {
		if (!parse_compared(parser, place, "=="))
			return false;
		if (take_sign(parser, ")"))
			return true;
		g_string_append(parser->path, " || ");
	} while (take_sign(parser, ","));
	return fail(parser, ", or )");
}

static bool
parse_null(struct parser *parser, const char *place)
{
	bool negated = take_word(parser, "NOT");

	if (!take_word(parser, "NULL"))
		return fail(parser, "NULL");
	g_string_append(parser->path, negated ? "!(" : "(");
	append_match(parser, place, "", false);
	g_string_append_c(parser->path, ')');
	return true;
}

static bool
parse_relation(struct parser *parser, const char *place)
{
	/* The longer of two that begin alike comes first. */
	static const struct {
		const char *sql, *jsonpath;
	} signs[] = {{"<>", "!="}, {"!=", "!="}, {"<=", "<="}, {">=", ">="}, {"=", "=="},
	    {"<", "<"}, {">", ">"}};
	bool done;

	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
		if (take_sign(parser, signs[i].sql))
			return parse_compared(parser, place, signs[i].jsonpath);
	if (take_word(parser, "IS"))
		return parse_null(parser, place);
	g_string_append(parser->path, take_word(parser, "NOT") ? "!(" : "(");
	if (take_word(parser, "LIKE"))
		done = parse_like(parser, place);
	else if (take_word(parser, "IN"))
		done = parse_in(parser, place);
	else
		done = fail(parser, "=, <>, <, <=, >, >=, LIKE, IN or IS");
	g_string_append_c(parser->path, ')');
	return done;
}

static bool
parse_comparison(struct parser *parser)
{
	char *place = parse_field(parser);
	bool done = place != NULL && parse_relation(parser, place);

	g_free(place);
	return done;
}

static bool
parse_not(struct parser *parser)
{
	bool done;

	if (++parser->depth > GROUP_FILTER_DEPTH)
		return error_set(parser->error,
		    "ToGroupFilter has more than %d parentheses and NOTs within each other",
		    GROUP_FILTER_DEPTH);
	if (take_word(parser, "NOT")) {
		g_string_append(parser->path, "!(");
		done = parse_not(parser);
		g_string_append_c(parser->path, ')');
	} else if (take_sign(parser, "(")) {
		g_string_append_c(parser->path, '(');
		done = parse_or(parser) && (take_sign(parser, ")") || fail(parser, ")"));
		g_string_append_c(parser->path, ')');
	} else {
		done = parse_comparison(parser);
	}
	parser->depth--;
	return done;
}

static bool
parse_and(struct parser *parser)
{
	g_string_append_c(parser->path, '(');
	do {
		if (!parse_not(parser))
			return false;
		if (!take_word(parser, "AND"))
			break;
		g_string_append(parser->path, " && ");
	} while (true);
	g_string_append_c(parser->path, ')');
	return true;
}

static bool
parse_or(struct parser *parser)
{
	do {
		if (!parse_and(parser))
			return false;
		if (!take_word(parser, "OR"))
			return true;
		g_string_append(parser->path, " || ");
	} while (true);
}

char *
group_filter_compile(const char *filter, group_filter_key *key, void *arg, struct error *error)
{
	struct parser parser = {
	    .start = filter,
	    .next = filter,
	    .path = g_string_new(NULL),
	    .key = key,
	    .arg = arg,
	    .error = error,
	};
	bool done = false;

	if (g_utf8_strlen(filter, -1) > GROUP_FILTER_CHARACTERS)
		error_set(
		    error, "ToGroupFilter has more than %d characters", GROUP_FILTER_CHARACTERS);
	else
		done = parse_or(&parser);
	skip_space(&parser);
	if (done && *parser.next != '\0')
		done = fail(&parser, "AND, OR or the end");
	return g_string_free(parser.path, !done);
}

#include "server/command_json.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/printable.h"

void
command_json_add_text(JsonObject *object, const char *name, const char *text)
{
	if (text == NULL)
		json_object_set_null_member(object, name);
	else
		json_object_set_string_member(object, name, text);
}

void
command_json_add_id(JsonObject *object, const char *name, int64_t id)
{
	if (id == 0)
		json_object_set_null_member(object, name);
	else
		json_object_set_int_member(object, name, id);
}

void
command_json_add_time(JsonObject *object, const char *name, int64_t microseconds)
{
	char text[CLOCK_ISO_SIZE];

	command_json_add_text(
	    object, name, microseconds != 0 ? clock_iso(microseconds, text) : NULL);
}

void
command_json_print(JsonObject *object)
{
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
	g_autofree char *text = json_to_string(node, FALSE);
	g_autoptr(GString) printable = g_string_new(NULL);

	printable_append_json(printable, text);
	fputs(printable->str, stdout);
	json_object_unref(object);
}

void
command_json_print_document(JsonObject *object)
{
	command_json_print(object);
	putchar('\n');
}

void
command_json_array_add(int64_t before, const char *name, JsonObject *object)
{
	if (before == 0)
		printf("{\"%s\": [\n", name);
	else
		fputs(",\n", stdout);
	command_json_print(object);
}

void
command_json_array_end(int64_t count, const char *name)
{
	if (count == 0)
		printf("{\"%s\": [", name);
	fputs("\n]", stdout);
}

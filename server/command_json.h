/* JSON as commands print it: one object at a time, each on a line of its own. */
#ifndef SERVER_COMMAND_JSON_H
#define SERVER_COMMAND_JSON_H

#include <stdint.h>

#include <json-glib/json-glib.h>

/* A member; null for what there is not: NULL, an id of 0, a time of 0. text: UTF-8. */
void command_json_add_text(JsonObject *object, const char *name, const char *text);
void command_json_add_id(JsonObject *object, const char *name, int64_t id);
void command_json_add_time(JsonObject *object, const char *name, int64_t microseconds);

/* One document, {"name": [...]}, of any length: each object in turn, and the array's end. before, count: how many were printed. Takes
 * the object. */
void command_json_array_add(int64_t before, const char *name, JsonObject *object);
void command_json_array_end(int64_t count, const char *name);

/* On standard output, fit for a terminal (base/printable.h). Takes the object. */
void command_json_print(JsonObject *object);

/* The same, as a document of its own: with the line's end. */
void command_json_print_document(JsonObject *object);

#endif

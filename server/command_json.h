/* JSON as commands print it: one object at a time, on one line. */
#ifndef SERVER_COMMAND_JSON_H
#define SERVER_COMMAND_JSON_H

#include <stdint.h>

#include <json-glib/json-glib.h>

/* A member; null for what there is not: NULL, an id of 0, a time of 0. text: UTF-8. */
void command_json_add_text(JsonObject *object, const char *name, const char *text);
void command_json_add_id(JsonObject *object, const char *name, int64_t id);
void command_json_add_time(JsonObject *object, const char *name, int64_t microseconds);

/* On standard output, fit for a terminal (base/printable.h). Takes the object. */
void command_json_print(JsonObject *object);

#endif

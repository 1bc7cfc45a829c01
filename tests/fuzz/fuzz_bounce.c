/* A report from any message: one line of valid text, codes in their ranges; and no return path without the key. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

#include "services/relay/message/bounce_report.h"
#include "services/relay/message/return_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_report(const struct bounce_report *report)
{
	assert(report->kind >= BOUNCE_NONE && report->kind <= BOUNCE_COMPLAINT);
	assert(report->smtp_code == 0 || (report->smtp_code >= 400 && report->smtp_code < 600));
	assert(report->status[0] == '\0' || strchr("45", report->status[0]) != NULL);
	assert(strlen(report->text) <= BOUNCE_TEXT_MAX && strchr(report->text, '\n') == NULL);
	assert(g_utf8_validate(report->text, -1, NULL));
	assert(report->recipient == NULL || g_utf8_validate(report->recipient, -1, NULL));
}

static void
check_return_path(const uint8_t *data, size_t size)
{
	static const uint8_t key[DELIVERY_TOKEN_KEY_SIZE] = {7};
	char *address = g_strndup((const char *)data, size);
	struct delivery_token path;

	if (return_path_read(address, key, "b.test", &path) == RETURN_PATH_GENUINE) {
		char *again = return_path_create(&path, key, "b.test");

		assert(g_ascii_strcasecmp(again, address) == 0);
		g_free(again);
	}
	if (unsubscribe_address_read(address, key, "b.test", &path) == RETURN_PATH_GENUINE) {
		char *again = unsubscribe_address_create(&path, key, "b.test");

		assert(g_ascii_strcasecmp(again, address) == 0);
		g_free(again);
	}
	g_free(address);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *empty = size > 4 ? memmem(data, size, "\r\n\r\n", 4) : NULL;
	size_t head_length = empty != NULL ? (size_t)(empty - data) + 2 : size;
	GString *head = g_string_new_len((const char *)data, (gssize)head_length);
	GString *body =
	    g_string_new_len((const char *)data + head_length, (gssize)(size - head_length));
	struct bounce_report report;

	bounce_report_read(head, body, &report);
	check_report(&report);
	bounce_report_clear(&report);
	check_return_path(data, size);
	g_string_free(head, TRUE);
	g_string_free(body, TRUE);
	return 0;
}

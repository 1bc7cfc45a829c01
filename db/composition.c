#include "db/composition.h"

#include <assert.h>
#include <stddef.h>

#include <glib.h>

struct composition *
composition_create(void)
{
	struct composition *composition = g_new0(struct composition, 1);

	composition->references = 1;
	return composition;
}

struct composition *
composition_ref(struct composition *composition)
{
	assert(composition->references > 0);
	composition->references++;
	return composition;
}

void
composition_unref(struct composition *composition)
{
	if (composition == NULL || --composition->references > 0)
		return;
	if (composition->prepared_free != NULL)
		composition->prepared_free(composition->prepared);
	g_free(composition->from_email);
	g_free(composition->from_name);
	g_free(composition->subject);
	g_free(composition->message_plain);
	g_free(composition->message_html);
	g_free(composition->raw_message);
	g_free(composition->options);
	g_free(composition);
}

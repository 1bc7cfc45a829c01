/* The reader of SMTP replies, and the transcript of what it read: any bytes, cut anywhere. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <glib.h>

#include "services/relay/deliver/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says into what pieces the rest is cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data + 1, *end = (const char *)data + size;
	GString *transcript = g_string_new(NULL);
	struct reply reply;
	size_t text_length;

	reply_start(&reply);
	while (size > 1 && at < end) {
		const char *piece = at + MIN((size_t)(end - at), (size_t)data[0] + 1);
		enum reply_progress progress = reply_read(&reply, &at, piece);

		(void)reply_text(&reply, &text_length);
		if (progress != REPLY_NEEDS_MORE)
			transcript_add_reply_line(transcript, 0, &reply);
		if (progress == REPLY_COMPLETE) {
			struct verdict verdict = verdict_from_reply(reply.code, reply.enhanced);

			transcript_end(transcript, &verdict);
		}
		if (progress != REPLY_NEEDS_MORE && progress != REPLY_LINE)
			reply_start(&reply);
	}
	if (!g_utf8_validate(transcript->str, (gssize)transcript->len, NULL))
		abort();
	g_string_free(transcript, TRUE);
	return 0;
}

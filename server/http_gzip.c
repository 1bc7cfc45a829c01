#include "server/http_gzip.h"

#include <string.h>

#include <zlib.h>

enum {
	GZIP_WINDOW_BITS = 15 + 16, /* zlib's way to say: gzip, whole window */
	GZIP_MEMORY_LEVEL = 8,
	GUNZIP_STEP_BYTES = 64 << 10
};

static bool
is_gzip(const char *name)
{
	return g_ascii_strcasecmp(name, "gzip") == 0 || g_ascii_strcasecmp(name, "x-gzip") == 0;
}

enum http_coding
http_coding_parse(const char *value)
{
	if (*value == '\0' || g_ascii_strcasecmp(value, "identity") == 0)
		return HTTP_CODING_NONE;
	return is_gzip(value) ? HTTP_CODING_GZIP : HTTP_CODING_UNKNOWN;
}

/* Whether the weight is 0 ("q=0", "q=0.000"); a coding without one has 1 (RFC 9110 12.4.2). */
static bool
weight_is_zero(const char *parameters)
{
	const char *weight = parameters != NULL ? strcasestr(parameters, "q=") : NULL;

	return weight != NULL && g_ascii_strtod(weight + 2, NULL) <= 0;
}

bool
http_gzip_is_accepted(const char *value)
{
	char **items = g_strsplit(value, ",", -1);
	bool any = false, named = false, accepted = false;

	for (char **item = items; *item != NULL; item++) {
		char *parameters = strchr(*item, ';');

		if (parameters != NULL)
			*parameters++ = '\0';
		g_strstrip(*item);
		if (is_gzip(*item)) {
			named = true;
			accepted |= !weight_is_zero(parameters);
		} else if (strcmp(*item, "*") == 0) {
			any = !weight_is_zero(parameters);
		}
	}
	g_strfreev(items);
	return named ? accepted : any;
}

/* One step of zlib's: its status. */
static int
gunzip_step(z_stream *stream, size_t most, GString *out)
{
	size_t before = out->len, room = MIN(GUNZIP_STEP_BYTES, most + 1 - before);
	int status;

	g_string_set_size(out, before + room);
	stream->next_out = (Bytef *)out->str + before;
	stream->avail_out = (uInt)room;
	status = inflate(stream, Z_NO_FLUSH);
	g_string_set_size(out, out->len - stream->avail_out);
	return status;
}

static enum http_gunzip
gunzip_all(z_stream *stream, size_t most, GString *out)
{
	for (;;) {
		int status = gunzip_step(stream, most, out);

		if (out->len > most)
			return HTTP_GUNZIP_TOO_LARGE;
		/* Members may follow each other (RFC 1952 2.2). */
		if (status == Z_STREAM_END && stream->avail_in == 0)
			return HTTP_GUNZIP_DONE;
		if (status == Z_STREAM_END)
			status = inflateReset(stream);
		if (status != Z_OK)
			return HTTP_GUNZIP_BROKEN;
	}
}

enum http_gunzip
http_gunzip(const char *bytes, size_t length, size_t most, GString *out)
{
	z_stream stream = {.next_in = (z_const Bytef *)bytes, .avail_in = (uInt)length};
	enum http_gunzip outcome;

	if (length > UINT_MAX)
		return HTTP_GUNZIP_TOO_LARGE;
	if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK)
		return HTTP_GUNZIP_BROKEN;
	outcome = gunzip_all(&stream, most, out);
	inflateEnd(&stream);
	return outcome;
}

GString *
http_gzip(const GString *body)
{
	z_stream stream = {.next_in = (z_const Bytef *)body->str, .avail_in = (uInt)body->len};
	GString *out;

	if (body->len > UINT_MAX ||
	    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	out = g_string_new(NULL);
	do {
		size_t before = out->len;

		/* XML shrinks to about a tenth. */
		g_string_set_size(out, before + MAX(before, body->len / 8 + 1024));
		stream.next_out = (Bytef *)out->str + before;
		stream.avail_out = (uInt)(out->len - before);
		deflate(&stream, Z_FINISH);
		g_string_set_size(out, out->len - stream.avail_out);
	} while (stream.avail_out == 0);
	deflateEnd(&stream);
	return out;
}

#include "services/relay/check/dns_answer.h"

#include <arpa/inet.h>

#include "services/relay/deliver/mx.h"

enum { TXT_LENGTH_BYTES = 1 };

void
dns_answer_free(struct dns_answer *answer)
{
	g_ptr_array_unref(answer->records);
	g_free(answer);
}

/* Of one record; RFC 1035 3.3.14. */
static char *
text_read(GBytes *record)
{
	GString *text = g_string_new(NULL);
	size_t length, string;
	const uint8_t *rdata = g_bytes_get_data(record, &length);

	for (size_t at = 0; at < length; at += TXT_LENGTH_BYTES + string) {
		string = MIN(rdata[at], length - at - TXT_LENGTH_BYTES);
		g_string_append_len(
		    text, (const char *)rdata + at + TXT_LENGTH_BYTES, (gssize)string);
	}
	return g_string_free(text, FALSE);
}

GPtrArray *
dns_answer_texts(const struct dns_answer *answer)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < answer->records->len; i++)
		g_ptr_array_add(texts, text_read(answer->records->pdata[i]));
	return texts;
}

GPtrArray *
dns_answer_addresses(const struct dns_answer *answer)
{
	GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
	char text[INET6_ADDRSTRLEN];

	for (guint i = 0; i < answer->records->len; i++) {
		size_t length;
		const void *rdata = g_bytes_get_data(answer->records->pdata[i], &length);
		int family = length == sizeof(struct in_addr) ? AF_INET : AF_INET6;

		if ((family == AF_INET || length == sizeof(struct in6_addr)) &&
		    inet_ntop(family, rdata, text, sizeof(text)) != NULL)
			g_ptr_array_add(addresses, g_strdup(text));
	}
	return addresses;
}

GPtrArray *
dns_answer_names(const struct dns_answer *answer)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < answer->records->len; i++) {
		size_t length;
		const void *rdata = g_bytes_get_data(answer->records->pdata[i], &length);
		char *name = mx_name_read(rdata, length);

		if (name != NULL)
			g_ptr_array_add(names, name);
	}
	return names;
}

GPtrArray *
dns_answer_exchangers(const struct dns_answer *answer)
{
	GPtrArray *list = mx_list_create();

	for (guint i = 0; i < answer->records->len; i++) {
		size_t length;
		const void *rdata = g_bytes_get_data(answer->records->pdata[i], &length);

		(void)mx_list_add(list, rdata, length);
	}
	mx_list_sort(list);
	return list;
}

char *
dns_answer_absence(const struct dns_answer *answer)
{
	return answer->outcome == RESOLVER_FAILED
	    ? g_strdup_printf("DNS does not say: %s", answer->reason)
	    : g_strdup(
		  answer->outcome == RESOLVER_NO_NAME ? "none: the name does not exist" : "none");
}

/* What asks DNS for `bracemail check --dns` (check/dns_client.h): it ends, whoever does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "services/relay/check/dns_client.h"

/* A port that hears and says nothing. where: "127.0.0.1@PORT". Returns its socket. */
static int
silent_port(char *where, size_t size)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(silent, (struct sockaddr *)&address, &length), 0);
	g_snprintf(where, size, "127.0.0.1@%u", ntohs(address.sin_port));
	return silent;
}

static void
test_time(void **state)
{
	static const struct {
		unsigned seconds;
		const char *reason; /* of each question */
	} rows[] = {
	    {0, "not asked, as the time for all questions is over"},
	    {1, "timed out"},
	};
	char where[32];
	int silent = silent_port(where, sizeof(where));

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct deliver_settings settings = deliver_settings_default();
		struct error error = {""};
		gint64 begun = g_get_monotonic_time();
		struct dns_client *client;
		struct dns_answer *answer;

		settings.resolver = where;
		client = dns_client_create(&settings, rows[i].seconds, &error);
		assert_non_null(client);
		assert_int_equal(dns_client_is_late(client), rows[i].seconds == 0);
		answer = dns_client_ask(client, "relay.example.test", RESOLVER_A);
		assert_int_equal(answer->outcome, RESOLVER_FAILED);
		assert_string_equal(answer->reason, rows[i].reason);
		dns_answer_free(answer);
		assert_true(dns_client_is_late(client));
		assert_false(dns_client_is_answered(client));
		assert_null(dns_client_fetch_policy(client, "example.test", &error));
		assert_string_equal(error.text, rows[0].reason);
		dns_client_destroy(client);
		assert_true(g_get_monotonic_time() - begun <
		    (rows[i].seconds + DNS_CLIENT_PROBE_SECONDS) * G_TIME_SPAN_SECOND);
	}
	close(silent);
}

static void
test_wrong_resolver(void **state)
{
	struct deliver_settings settings = deliver_settings_default();
	struct error error = {""};

	(void)state;
	settings.resolver = "no resolver";
	assert_null(dns_client_create(&settings, 1, &error));
	assert_non_null(strstr(error.text, "no resolver"));
}

/* An answer with records as they come. */
static struct dns_answer *
answer_of(const char *const *records, const size_t *lengths)
{
	struct dns_answer *answer = g_new0(struct dns_answer, 1);

	answer->outcome = RESOLVER_FOUND;
	answer->records = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (; *records != NULL; records++, lengths++)
		g_ptr_array_add(answer->records, g_bytes_new(*records, *lengths));
	return answer;
}

static void
test_records(void **state)
{
	/* Strings that are put together, one that is cut short, none. */
	const char *const texts[] = {"\3abc\2de", "\x09short", "\0", "", NULL};
	const size_t text_lengths[] = {7, 6, 1, 0};
	const char *const names[] = {"\4Mail\7example\0", "\3a b\0", "\5cut", "", NULL};
	const size_t name_lengths[] = {14, 5, 4, 0};
	const char *const addresses[] = {"\300\0\2\1", "\300\0\2", "", NULL};
	const size_t address_lengths[] = {4, 3, 0};
	struct dns_answer *answer = answer_of(texts, text_lengths);
	GPtrArray *read = dns_answer_texts(answer);

	(void)state;
	assert_int_equal(read->len, 4);
	assert_string_equal(read->pdata[0], "abcde");
	assert_string_equal(read->pdata[1], "short");
	assert_string_equal(read->pdata[2], "");
	assert_string_equal(read->pdata[3], "");
	g_ptr_array_unref(read);
	dns_answer_free(answer);

	answer = answer_of(names, name_lengths);
	read = dns_answer_names(answer);
	assert_int_equal(read->len, 1);
	assert_string_equal(read->pdata[0], "mail.example");
	g_ptr_array_unref(read);
	dns_answer_free(answer);

	answer = answer_of(addresses, address_lengths);
	read = dns_answer_addresses(answer);
	assert_int_equal(read->len, 1);
	assert_string_equal(read->pdata[0], "192.0.2.1");
	g_ptr_array_unref(read);
	dns_answer_free(answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_wrong_resolver),
	    cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

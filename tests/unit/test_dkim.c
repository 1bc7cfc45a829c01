#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/relay/dkim/domain.h"
#include "services/relay/dkim/key_pair.h"
#include "services/relay/dkim/relaxed.h"
#include "services/relay/dkim/signing.h"

static void
test_author(void **state)
{
	static const struct {
		const char *head;
		const char *domain; /* NULL: none */
	} rows[] = {
	    {"From: a@example.net\r\n", "example.net"},
	    {"To: x@y.net\r\nfrom:<A@EXAMPLE.net>\r\n", "example.net"},
	    {"From: \"b@c.test, \\\"<d@e.test>\" <a@example.net>\r\n", "example.net"},
	    {"From: a@example.net (of (b@c.test), \\) d@e.test)\r\n", "example.net"},
	    {"From: Anna\r\n Example <a@\r\n\texample.net>\r\n", "example.net"},
	    {"From: a@first.net, b@second.net\r\n", "first.net"},
	    {"From: A <a@first.net>, b@second.net\r\n", "first.net"},
	    {"From: nobody, b@second.net\r\n", "second.net"},
	    {"From: team: a@first.net, b@second.net;\r\n", "first.net"},
	    {"From: <@one.net,@two.net:a@example.net>\r\n", "example.net"},
	    {"From: \"a@b\"@example.net\r\n", "example.net"},
	    {"From: a@example.net\r\nFrom: b@other.net\r\n", "example.net"},
	    {"From: a@b\xc3\xbc"
	     "cher.example\r\n",
		"xn--bcher-kva.example"},
	    {"From: =?utf-8?Q?b=40c.test?= <a@example.net>\r\n", "example.net"},
	    {"From: a@example.net.\r\n", "example.net"},
	    {"From: a@_x.example.net\r\n", "_x.example.net"},
	    {"From: a@[192.0.2.1]\r\n", NULL},
	    {"From: a@exa mple..net\r\n", NULL},
	    {"From: a@\xff.net\r\n", NULL},
	    {"From: a\r\n", NULL},
	    {"From: \"a@b.test\r\n", NULL},
	    {"From: (a@b.test\r\n", NULL},
	    {"From: a@\"\\\r\n", NULL},
	    {"From:\r\n", NULL},
	    {"Sender: a@example.net\r\n", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GString *head = g_string_new(rows[i].head);
		char *domain = dkim_domain_of_author(head);

		if (rows[i].domain == NULL)
			assert_null(domain);
		else
			assert_string_equal(domain, rows[i].domain);
		g_free(domain);
		g_string_free(head, TRUE);
	}
}

static void
test_domain(void **state)
{
	static const char *const wrong[] = {
	    "", ".", "a..b", ".a", "a b", "a/b", "a@b", "\xc3\xbc..net", "[192.0.2.1]"};
	g_autofree char *label = g_strnfill(64, 'a');
	g_autofree char *name = g_strnfill(63, 'a');
	g_autofree char *many = g_strdup_printf("%s.%s.%s.%s", name, name, name, name);
	struct error error;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		assert_null(dkim_domain_normalize(wrong[i], &error));
	assert_null(dkim_domain_normalize(label, &error));
	assert_null(dkim_domain_normalize(many, &error));
	g_free(many);
	many = dkim_domain_normalize(name, &error);
	assert_string_equal(many, name);
}

/* Made for this test; the second is the one of RFC 8463 A.2. `openssl pkey -pubout` shows what the first publishes. */
static char rsa_key[] = "-----BEGIN PRIVATE KEY-----\n"
			"MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAM3yTF+b+fhnqR1k\n"
			"/gprQ3aFVWfjHLqdWwe+cAQmcV0vW+Wyg9rkcOXJ/bmo6ENUqxpnQWRCYq3GmFzM\n"
			"spLQaNGdaWYY9Ri4w02t9za45fCVgCXNf0vetlarb2fQ65x+TpqZP7ToWsaPEj0C\n"
			"OyNZX89gHC0jEFQ/e+HDyCG5mR9TAgMBAAECgYEAohC7oz2GT8GbZsNT2vUgCMPS\n"
			"OseRkxVDTmvBkLKD4XXkVnTNqFK+uUXkQdc2t82IPGXnIrPPHbs7qUN4f2o8INUs\n"
			"NdM50maMEZHI2I1tkthLZPtriK8of9QwdfiM4eIRd6o2GHizG8gwcsJjOzdSFIeG\n"
			"2u0GC1MrwEkd3e8SAXkCQQD9DCsM72/R1sb8JeWBapm/axo7/XqjR0pXAEVslr/7\n"
			"rQay1Dn/Y+IiC8a+t6hbFcg28e6493nmNYuL0RxC2VHlAkEA0FlxeSim1xjNkaow\n"
			"y+owta1VmFMpZDX2zuP7dye0A/ojjh1GxBNEpf01qkesUjnn+txFBFaru3WGlj9P\n"
			"OMp41wJAajBnCICaHibRThLhItQHPQrG8ZHHmylZivT0LUN9wTG08+qXhBL4XG0w\n"
			"s+wCXGbhpB0WnsxLfU3PB5dzEqJ7+QJBAIzKRDG5VLS5YAB03zCMeonqLZMXbzr2\n"
			"dGduC7mDLNQbLfeUtQM+ef8o0iDU+g8+bhJI0qKR5s5wJphVA7W+rFUCQQDAG+a5\n"
			"C5zVJz1fxFVlSzp3OFV0s4+RNUW58WlCSHyMIhGRHR/VcwGU/OcpPwWnSKjaRxrw\n"
			"7N78BqWaPJQ4NsPd\n"
			"-----END PRIVATE KEY-----\n";

static char ed25519_key[] = "-----BEGIN PRIVATE KEY-----\n"
			    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
			    "-----END PRIVATE KEY-----\n";

static char domain_name[] = "football.example.com", selector_name[] = "test",
	    selector_brisbane[] = "brisbane";

static void
test_record(void **state)
{
	struct dkim_key key = {.domain = domain_name,
	    .selector = selector_brisbane,
	    .algorithm = DKIM_ALGORITHM_ED25519,
	    .private_key = ed25519_key};
	GString *record = g_string_new(NULL);
	struct error error;

	(void)state;
	assert_true(dkim_key_pair_record(&key, record, &error));
	assert_string_equal(record->str,
	    "brisbane._domainkey.football.example.com. IN TXT "
	    "\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n");

	g_string_truncate(record, 0);
	key.selector = selector_name;
	key.algorithm = DKIM_ALGORITHM_RSA;
	assert_false(dkim_key_pair_record(&key, record, &error));
	key.private_key = rsa_key;
	assert_true(dkim_key_pair_record(&key, record, &error));
	assert_string_equal(record->str,
	    "test._domainkey.football.example.com. IN TXT "
	    "\"v=DKIM1; k=rsa; p="
	    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDN8kxfm/n4Z6kdZP4Ka0N2hVVn"
	    "4xy6nVsHvnAEJnFdL1vlsoPa5HDlyf25qOhDVKsaZ0FkQmKtxphczLKS0GjRnWlm"
	    "GPUYuMNNrfc2uOXwlYAlzX9L3rZWq29n0Oucfk6amT+06FrGjxI9AjsjWV/PYBwt"
	    "IxBUP3vhw8ghuZkfUwIDAQAB\"\n");
	g_string_free(record, TRUE);
}

static void
test_record_of_a_long_key(void **state)
{
	struct dkim_key key = {
	    .domain = domain_name, .selector = selector_name, .algorithm = DKIM_ALGORITHM_RSA};
	GString *record = g_string_new(NULL);
	struct error error;
	g_auto(GStrv) pieces = NULL;

	(void)state;
	assert_true(dkim_key_pair_make(&key, DKIM_RSA_BITS, &error));
	assert_true(g_str_has_prefix(key.private_key, "-----BEGIN PRIVATE KEY-----\n"));
	assert_true(dkim_key_pair_record(&key, record, &error));
	pieces = g_strsplit(record->str, "\"", -1);
	assert_int_equal(g_strv_length(pieces), 5);
	assert_int_equal(strlen(pieces[1]), DKIM_RECORD_STRING_MAX);
	assert_string_equal(pieces[2], " ");
	assert_in_range(strlen(pieces[3]), 100, DKIM_RECORD_STRING_MAX);
	memset(key.private_key, 0, strlen(key.private_key));
	g_free(key.private_key);
	g_string_free(record, TRUE);
}

static struct dkim_key_set *
key_set(enum dkim_algorithm algorithm, const char *private_key)
{
	struct dkim_key_set *set = g_new0(struct dkim_key_set, 1);
	struct dkim_key *key = g_new0(struct dkim_key, 1);

	set->references = 1;
	set->keys = g_ptr_array_new();
	key->domain = g_strdup(domain_name);
	key->selector = g_strdup(selector_name);
	key->algorithm = algorithm;
	key->private_key = g_strdup(private_key);
	g_ptr_array_add(set->keys, key);
	return set;
}

static void
key_set_free(struct dkim_key_set *set)
{
	struct dkim_key *key = g_ptr_array_index(set->keys, 0);

	dkim_key_clear(key);
	g_free(key);
	dkim_key_set_unref(set);
}

/* The value of a tag of the first signature, without white space; g_free. */
static char *
signature_tag(const GString *fields, const char *tag)
{
	g_autofree char *text = g_strdup(fields->str + strlen("DKIM-Signature:"));
	g_auto(GStrv) tags = NULL;
	char *out = text;

	for (const char *at = text; *at != '\0'; at++)
		if (!g_ascii_isspace(*at))
			*out++ = *at;
	*out = '\0';
	tags = g_strsplit(text, ";", -1);
	for (size_t i = 0; tags[i] != NULL; i++)
		if (g_str_has_prefix(tags[i], tag) && tags[i][strlen(tag)] == '=')
			return g_strdup(tags[i] + strlen(tag) + 1);
	return NULL;
}

/* The tag bh= of a body that comes in pieces. g_free. */
static char *
body_hash(
    struct dkim_library *library, enum dkim_algorithm algorithm, const char *body, size_t piece)
{
	struct dkim_key_set *set =
	    key_set(algorithm, algorithm == DKIM_ALGORITHM_RSA ? rsa_key : ed25519_key);
	GString *head = g_string_new("From: a@football.example.com\r\n"),
		*fields = g_string_new(NULL);
	struct dkim_signing *signing = dkim_signing_create(library, set, head);
	size_t length = strlen(body);
	char *hash;

	for (size_t at = 0; at < length; at += piece)
		dkim_signing_body(signing, body + at, MIN(piece, length - at));
	dkim_signing_finish(signing, fields);
	dkim_signing_destroy(signing);
	assert_true(g_str_has_suffix(fields->str, "\r\n"));
	hash = signature_tag(fields, "bh");
	g_string_free(fields, TRUE);
	g_string_free(head, TRUE);
	key_set_free(set);
	return hash;
}

static void
test_body_in_pieces(void **state)
{
	static const struct {
		const char *body;
		const char *relaxed; /* RFC 6376 3.4.4 */
	} rows[] = {
	    {"", ""},
	    {"\r\n\r\n", ""},
	    {"a", "a\r\n"},
	    {" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},
	    {"a \t\r\n\t \r\nb  \r\n \r\n", "a\r\n\r\nb\r\n"},
	    {".\r\n..x\r\n\r\n.", ".\r\n..x\r\n\r\n.\r\n"},
	    {" \t", ""},
	    {" \r\n\t\r\n", ""},
	    {"\xc3\xbc \xff\r\nlast", "\xc3\xbc \xff\r\nlast\r\n"},
	};
	struct error error;
	struct dkim_library *library = dkim_library_create(&error);

	(void)state;
	assert_non_null(library);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
		guint8 digest[32];
		gsize length = sizeof(digest);
		g_autofree char *expected = NULL;

		g_checksum_update(checksum, (const guchar *)rows[i].relaxed, -1);
		g_checksum_get_digest(checksum, digest, &length);
		g_checksum_free(checksum);
		expected = g_base64_encode(digest, length);
		for (size_t piece = 1; piece <= 8; piece++) {
			g_autofree char *rsa =
			    body_hash(library, DKIM_ALGORITHM_RSA, rows[i].body, piece);
			g_autofree char *ed25519 =
			    body_hash(library, DKIM_ALGORITHM_ED25519, rows[i].body, piece);

			assert_string_equal(rsa, expected);
			assert_string_equal(ed25519, expected);
		}
	}
	dkim_library_destroy(library);
}

/* RFC 6376 3.4.2. */
static void
test_relaxed_fields(void **state)
{
	static const struct {
		const char *field;
		const char *relaxed;
	} rows[] = {
	    {"A: X\r\n", "a:X"},
	    {"B : Y\t\r\n\tZ  \r\n", "b:Y Z"},
	    {"Subject:x\r\n", "subject:x"},
	    {"To:\r\n", "to:"},
	    {"To: \t\r\n \r\n", "to:"},
	    {"Cc:\r\n a,\r\n\t b\r\n", "cc:a, b"},
	    {"X: \xc3\xbc  \xff\r\n", "x:\xc3\xbc \xff"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct header_scan scan = header_scan_start(rows[i].field, strlen(rows[i].field));
		struct header_field field;
		GString *out = g_string_new(NULL);

		assert_true(header_scan_next(&scan, &field));
		dkim_relaxed_field(&field, out);
		assert_string_equal(out->str, rows[i].relaxed);
		g_string_free(out, TRUE);
	}
}

static void
test_fields(void **state)
{
	static const char head_text[] = "Received: from x\r\n"
					"no field\r\n"
					"From: a@football.example.com\r\n"
					"To: b@c.net\r\n"
					"X-Other: 1\r\n"
					"Subject: one\r\n"
					"Subject: two\r\n";
	struct dkim_key_set *set = key_set(DKIM_ALGORITHM_RSA, rsa_key);
	GString *head = g_string_new(head_text), *fields = g_string_new(NULL);
	struct error error;
	struct dkim_library *library = dkim_library_create(&error);
	struct dkim_signing *signing = dkim_signing_create(library, set, head);
	g_autofree char *names = NULL, *algorithm = NULL, *canonical = NULL, *length = NULL;

	(void)state;
	dkim_signing_finish(signing, fields);
	dkim_signing_destroy(signing);
	names = signature_tag(fields, "h");
	algorithm = signature_tag(fields, "a");
	canonical = signature_tag(fields, "c");
	length = signature_tag(fields, "l");
	assert_string_equal(names, "From:To:Subject:Subject:From:Reply-To:To:Cc:Subject:Date");
	assert_string_equal(algorithm, "rsa-sha256");
	assert_string_equal(canonical, "relaxed/relaxed");
	assert_null(length);
	g_string_free(fields, TRUE);
	g_string_free(head, TRUE);
	dkim_library_destroy(library);
	key_set_free(set);
}

static void
test_broken_key(void **state)
{
	static const struct {
		enum dkim_algorithm algorithm;
		const char *key;
	} rows[] = {
	    {DKIM_ALGORITHM_RSA, "no key"},
	    {DKIM_ALGORITHM_ED25519, "no key"},
	    {DKIM_ALGORITHM_ED25519, rsa_key},
	    {DKIM_ALGORITHM_RSA, ed25519_key},
	};
	struct error error;
	struct dkim_library *library = dkim_library_create(&error);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct dkim_key_set *set = key_set(rows[i].algorithm, rows[i].key);
		GString *head = g_string_new("From: a@football.example.com\r\n");
		GString *fields = g_string_new(NULL);
		struct dkim_signing *signing = dkim_signing_create(library, set, head);

		dkim_signing_body(signing, "a\r\n", 3);
		dkim_signing_finish(signing, fields);
		dkim_signing_destroy(signing);
		assert_string_equal(fields->str, "");
		g_string_free(fields, TRUE);
		g_string_free(head, TRUE);
		key_set_free(set);
	}
	dkim_library_destroy(library);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_author),
	    cmocka_unit_test(test_domain),
	    cmocka_unit_test(test_record),
	    cmocka_unit_test(test_record_of_a_long_key),
	    cmocka_unit_test(test_body_in_pieces),
	    cmocka_unit_test(test_relaxed_fields),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_broken_key),
	};

	return cmocka_run_group_tests_name("dkim", tests, NULL, NULL);
}

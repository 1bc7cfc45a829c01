#include "base/password.h"

#include <assert.h>
#include <crypt.h>
#include <pthread.h>
#include <string.h>

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "base/clock.h"

enum { PASSWORD_DIGEST_SIZE = 32, PASSWORD_KEY_SIZE = 32 };

static_assert((int)PASSWORD_HASH_SIZE >= CRYPT_OUTPUT_SIZE, "room for any crypt(3) hash");

bool
password_hash(const char *clear, char *out, struct error *error)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data data = {0};

	if (clear[0] == '\0' || strlen(clear) >= PASSWORD_MAX)
		return error_set(error, "a password has 1 to %d bytes", PASSWORD_MAX - 1);
	if (crypt_gensalt_rn("$y$", 0, NULL, 0, salt, sizeof(salt)) == NULL)
		return error_set(error, "no random salt for the password: %s", g_strerror(errno));
	if (crypt_rn(clear, salt, &data, sizeof(data)) == NULL)
		return error_set(error, "the password cannot be hashed: %s", g_strerror(errno));
	g_strlcpy(out, data.output, PASSWORD_HASH_SIZE);
	OPENSSL_cleanse(&data, sizeof(data));
	return true;
}

bool
password_matches(const char *clear, const char *stored_hash)
{
	struct crypt_data *data;
	bool matches;
	size_t length;

	if (strlen(clear) >= PASSWORD_MAX)
		return false;
	data =
	    g_new0(struct crypt_data, 1); /* 32 KiB: too much for a thread's stack to be sure of */
	matches = crypt_rn(clear, stored_hash, data, sizeof(*data)) != NULL;
	length = strlen(stored_hash);
	matches = matches && strlen(data->output) == length &&
	    CRYPTO_memcmp(data->output, stored_hash, length) == 0;
	OPENSSL_cleanse(data, sizeof(*data));
	g_free(data);
	return matches;
}

void
password_waste_time(const char *clear)
{
	/* Any valid yescrypt setting of the default cost will do. */
	(void)password_matches(
	    clear, "$y$j9T$gHv3UhAnRUVBdGh6mOXcE/$0000000000000000000000000000000000000000000");
}

struct cached_pair {
	unsigned char digest[PASSWORD_DIGEST_SIZE];
	int64_t expires_at; /* microseconds */
	GList link;         /* in password_cache.by_age */
};

struct password_cache {
	pthread_mutex_t mutex;
	EVP_MAC_CTX *mac; /* keyed BLAKE2b, under a key that nobody else has */
	int64_t ttl;      /* microseconds */
	unsigned entries_max;
	GHashTable *pairs; /* set of struct cached_pair, by digest */
	GQueue by_age;     /* oldest first: one ttl for all, so the head expires first */
};

static guint
cached_pair_hash(gconstpointer pair)
{
	guint hash;

	memcpy(&hash, ((const struct cached_pair *)pair)->digest, sizeof(hash));
	return hash;
}

static gboolean
cached_pair_equal(gconstpointer a, gconstpointer b)
{
	return CRYPTO_memcmp(((const struct cached_pair *)a)->digest,
		   ((const struct cached_pair *)b)->digest, PASSWORD_DIGEST_SIZE) == 0;
}

static EVP_MAC_CTX *
mac_create(void)
{
	size_t size = PASSWORD_DIGEST_SIZE;
	const OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
	unsigned char key[PASSWORD_KEY_SIZE];
	EVP_MAC *blake2 = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_BLAKE2BMAC, NULL);
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(blake2);

	if (RAND_bytes(key, sizeof(key)) != 1 ||
	    EVP_MAC_init(mac, key, sizeof(key), parameters) != 1)
		g_error("OpenSSL has no random bytes, or no BLAKE2b");
	OPENSSL_cleanse(key, sizeof(key));
	EVP_MAC_free(blake2);
	return mac;
}

struct password_cache *
password_cache_create(int ttl_seconds, unsigned entries)
{
	struct password_cache *cache = g_new0(struct password_cache, 1);

	pthread_mutex_init(&cache->mutex, NULL);
	cache->mac = mac_create();
	cache->ttl = ttl_seconds * CLOCK_SECOND;
	cache->entries_max = entries;
	cache->pairs = g_hash_table_new_full(cached_pair_hash, cached_pair_equal, g_free, NULL);
	g_queue_init(&cache->by_age);
	return cache;
}

void
password_cache_destroy(struct password_cache *cache)
{
	g_hash_table_unref(cache->pairs);
	EVP_MAC_CTX_free(cache->mac);
	pthread_mutex_destroy(&cache->mutex);
	g_free(cache);
}

/* The cache is locked. */
static void
cache_digest(const struct password_cache *cache, int64_t account_id, const char *stored_hash,
    const char *clear, unsigned char *digest)
{
	size_t length;

	if (EVP_MAC_init(cache->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(cache->mac, (const unsigned char *)&account_id, sizeof(account_id)) !=
		1 ||
	    EVP_MAC_update(
		cache->mac, (const unsigned char *)stored_hash, strlen(stored_hash) + 1) != 1 ||
	    EVP_MAC_update(cache->mac, (const unsigned char *)clear, strlen(clear)) != 1 ||
	    EVP_MAC_final(cache->mac, digest, &length, PASSWORD_DIGEST_SIZE) != 1)
		g_error("OpenSSL has no BLAKE2b");
}

static void
cache_drop(struct password_cache *cache, struct cached_pair *pair)
{
	g_queue_unlink(&cache->by_age, &pair->link);
	g_hash_table_remove(cache->pairs, pair);
}

static void
cache_drop_expired(struct password_cache *cache, int64_t now)
{
	struct cached_pair *oldest;

	while ((oldest = g_queue_peek_head(&cache->by_age)) != NULL &&
	    (oldest->expires_at <= now || cache->by_age.length > cache->entries_max))
		cache_drop(cache, oldest);
}

bool
password_cache_knows(
    struct password_cache *cache, int64_t account_id, const char *stored_hash, const char *clear)
{
	struct cached_pair wanted;
	bool known;

	pthread_mutex_lock(&cache->mutex);
	cache_digest(cache, account_id, stored_hash, clear, wanted.digest);
	cache_drop_expired(cache, clock_now());
	known = g_hash_table_contains(cache->pairs, &wanted);
	pthread_mutex_unlock(&cache->mutex);
	return known;
}

void
password_cache_remember(
    struct password_cache *cache, int64_t account_id, const char *stored_hash, const char *clear)
{
	struct cached_pair *pair = g_new0(struct cached_pair, 1);
	struct cached_pair *present;
	int64_t now = clock_now();

	pair->expires_at = now + cache->ttl;
	pair->link.data = pair;
	pthread_mutex_lock(&cache->mutex);
	cache_digest(cache, account_id, stored_hash, clear, pair->digest);
	present = g_hash_table_lookup(cache->pairs, pair);
	if (present != NULL)
		cache_drop(cache, present);
	g_hash_table_add(cache->pairs, pair);
	g_queue_push_tail_link(&cache->by_age, &pair->link);
	cache_drop_expired(cache, now);
	pthread_mutex_unlock(&cache->mutex);
}

#include "server/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { CERTIFICATE_SERIAL_BITS = 64 };

static bool
certificate_add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool done;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return done;
}

static bool
certificate_set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool done = number != NULL &&
	    BN_rand(number, CERTIFICATE_SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return done;
}

static bool
certificate_fill(X509 *certificate, EVP_PKEY *key, const char *hostname)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	char *names = g_strdup_printf("DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
	    strcmp(hostname, "localhost") == 0 ? "" : ",DNS:",
	    strcmp(hostname, "localhost") == 0 ? "" : hostname);
	bool done = X509_set_version(certificate, X509_VERSION_3) &&
	    certificate_set_serial(certificate) &&
	    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(certificate), CERTIFICATE_DAYS, 0, NULL) != NULL &&
	    X509_set_pubkey(certificate, key) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"Bracemail development", -1, -1, 0) &&
	    X509_set_issuer_name(certificate, name) &&
	    certificate_add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
	    certificate_add_extension(certificate, NID_subject_key_identifier, "hash") &&
	    certificate_add_extension(certificate, NID_subject_alt_name, names) &&
	    X509_sign(certificate, key, EVP_sha256()) != 0;

	g_free(names);
	return done;
}

static FILE *
certificate_open(const char *path, mode_t mode, struct error *error)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");

	if (file == NULL)
		error_set(error, "cannot write %s: %s", path, strerror(errno));
	return file;
}

static bool
certificate_write(X509 *certificate, EVP_PKEY *key, const char *certificate_path,
    const char *key_path, struct error *error)
{
	FILE *file = certificate_open(key_path, 0600, error);
	bool done = file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;

	if (file == NULL)
		return false;
	if (fclose(file) != 0 || !done)
		return error_set(error, "cannot write %s", key_path);
	file = certificate_open(certificate_path, 0644, error);
	if (file == NULL)
		return false;
	done = PEM_write_X509(file, certificate) == 1;
	if (fclose(file) != 0 || !done)
		return error_set(error, "cannot write %s", certificate_path);
	return true;
}

bool
certificate_ensure(
    const char *hostname, const char *certificate_path, const char *key_path, struct error *error)
{
	EVP_PKEY *key;
	X509 *certificate;
	bool done;

	if (access(certificate_path, F_OK) == 0 && access(key_path, F_OK) == 0)
		return true;
	key = EVP_EC_gen("P-256");
	certificate = X509_new();
	done = key != NULL && certificate != NULL && certificate_fill(certificate, key, hostname);
	if (!done)
		error_set(error, "OpenSSL cannot make a self-signed certificate");
	else
		done = certificate_write(certificate, key, certificate_path, key_path, error);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return done;
}

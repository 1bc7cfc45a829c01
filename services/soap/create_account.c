/* CreateAccount. There is no account yet to call it with: who knows api.create_account_token may. */
#include "services/soap/operation.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/name.h"
#include "base/password.h"
#include "base/text.h"
#include "db/account.h"
#include "db/account_registration.h"

#include "services/soap/login.h"

enum { CONTACT_CHARACTERS = 255, PASSWORD_BYTES = 15 /* random ones: 20 characters */ };

/* Trimmed; NULL: thrown. */
static const char *
contact_text(struct soap *soap, const char *parameter, const char *text)
{
	const char *trimmed = operation_trimmed(soap, text);

	if (g_utf8_strlen(trimmed, -1) <= CONTACT_CHARACTERS &&
	    !text_has_control(trimmed, strlen(trimmed)))
		return trimmed;
	exception_throw(soap, EXCEPTION_INVALID_CONTACT,
	    "%s is longer than %d characters, or has a control character in it.", parameter,
	    CONTACT_CHARACTERS);
	return NULL;
}

/* Whether all that was given can be an account's; if not, thrown. */
static bool
registration_read(struct soap *soap, const struct _jango__CreateAccount *request,
    struct account_registration *registration)
{
	struct error why;

	registration->name = operation_trimmed(soap, request->Username);
	if (!name_check(registration->name, ACCOUNT_NAME_MAX, &why)) {
		exception_throw(soap, EXCEPTION_INVALID_USERNAME, "Username %s.", why.text);
		return false;
	}
	registration->email_address =
	    operation_address(soap, "EmailAddress", request->EmailAddress);
	if (registration->email_address == NULL)
		return false;
	registration->first_name = contact_text(soap, "FirstName", request->FirstName);
	if (registration->first_name != NULL)
		registration->last_name = contact_text(soap, "LastName", request->LastName);
	if (registration->last_name != NULL)
		registration->phone_number =
		    contact_text(soap, "PhoneNumber", request->PhoneNumber);
	if (registration->phone_number != NULL)
		registration->private_label =
		    contact_text(soap, "PrivateLabel", request->PrivateLabel);
	return registration->private_label != NULL;
}

/* g_free. */
static char *
password_make(void)
{
	unsigned char bytes[PASSWORD_BYTES];
	char *text;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		g_error("getrandom: %s", g_strerror(errno));
	text = g_base64_encode(bytes, sizeof(bytes));
	return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

static struct composition *
welcome_create(const struct operation *operation, const struct account_registration *registration,
    const char *password)
{
	struct composition *welcome = composition_create();

	welcome->from_email = g_strdup_printf("postmaster@%s", operation->hostname);
	welcome->from_name = g_strdup("");
	welcome->subject = g_strdup("Your account for sending mail");
	welcome->message_plain =
	    g_strdup_printf("There is an account for you at %s now.\n\n"
			    "Username: %s\nPassword: %s\n\n"
			    "Both are for handing in mail by SMTP, and for the API.\n",
		operation->hostname, registration->name, password);
	welcome->message_html = g_strdup("");
	welcome->options = g_strdup("");
	return welcome;
}

static int
account_make(struct soap *soap, struct operation *operation,
    const struct account_registration *given, char **result)
{
	struct account_registration registration = *given;
	g_autofree char *password = password_make();
	char hash[PASSWORD_HASH_SIZE];
	int64_t account_id;
	struct error error;
	enum db_status status;

	if (!password_hash(password, hash, &error)) {
		log_error("password-not-hashed", "reason=\"%s\"", error.text);
		return exception_throw(soap, EXCEPTION_INTERNAL,
		    "Something went wrong here; the server's log says what.");
	}
	registration.password_hash = hash;
	registration.welcome = welcome_create(operation, &registration, password);
	status = account_register(operation->database, &registration, &account_id, &error);
	composition_unref(registration.welcome);
	if (status == DB_STATUS_UNIQUE)
		return exception_throw(soap, EXCEPTION_DUPLICATE_USERNAME,
		    "There is an account named \"%s\" already.", registration.name);
	if (status != DB_STATUS_OK)
		return exception_throw_database(soap, status, &error);
	log_info(
	    "account-created", "account=%lld client=%s", (long long)account_id, operation->client);
	return operation_succeed(soap, result, account_id);
}

int
__jango__CreateAccount(struct soap *soap, struct _jango__CreateAccount *request,
    struct _jango__CreateAccountResponse *response)
{
	struct operation *operation = soap->user;
	struct account_registration registration = {0};

	if (operation->create_account_token == NULL)
		return exception_throw(soap, EXCEPTION_NOT_SUPPORTED,
		    "This server makes no accounts over the API (api.create_account_token).");
	if (!login_token_is(operation->login, operation->client,
		operation_text(request->SecretToken), operation->create_account_token))
		return exception_throw(
		    soap, EXCEPTION_INVALID_SECRET_TOKEN, "SecretToken is wrong.");
	if (!registration_read(soap, request, &registration))
		return soap->error;
	return account_make(soap, operation, &registration, &response->CreateAccountResult);
}

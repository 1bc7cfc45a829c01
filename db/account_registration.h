/* Accounts that come over the API. Blocking. */
#ifndef DB_ACCOUNT_REGISTRATION_H
#define DB_ACCOUNT_REGISTRATION_H

#include <stdint.h>

#include "base/error.h"
#include "db/composition.h"
#include "db/connection.h"

struct account_registration {
	const char *name;
	const char *password_hash;
	const char *first_name, *last_name, *email_address, *phone_number, *private_label;
	/* What is mailed to email_address, as the account's first message; its account_id is set here */
	struct composition *welcome;
};

/* Account, contact and message come in one transaction. DB_STATUS_UNIQUE: the name is taken. */
enum db_status account_register(struct db_connection *connection,
    const struct account_registration *registration, int64_t *account_id, struct error *error);

#endif

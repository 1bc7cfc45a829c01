#include "db/account_registration.h"

#include "db/account.h"
#include "db/transactional_message.h"

static enum db_status
contact_set(struct db_connection *connection, int64_t account_id,
    const struct account_registration *registration, struct error *error)
{
	static const char sql[] =
	    "UPDATE account SET first_name = $2, last_name = $3, email_address = $4, phone_number = $5, "
	    "  private_label = $6 WHERE account_id = $1";
	char account[DB_NUMBER_SIZE];
	const char *values[] = {db_number(account_id, account), registration->first_name,
	    registration->last_name, registration->email_address, registration->phone_number,
	    registration->private_label};

	return db_query(connection, sql, 6, values, NULL, error);
}

static enum db_status
register_in_transaction(struct db_connection *connection,
    const struct account_registration *registration, const struct transactional_message *welcome,
    struct transactional_message_ids *ids, int64_t *account_id, struct error *error)
{
	enum db_status status = account_create(
	    connection, registration->name, registration->password_hash, account_id, error);

	if (status == DB_STATUS_OK)
		status = contact_set(connection, *account_id, registration, error);
	if (status != DB_STATUS_OK)
		return status;
	registration->welcome->account_id = *account_id;
	return transactional_message_store(connection, welcome, ids, error);
}

enum db_status
account_register(struct db_connection *connection, const struct account_registration *registration,
    int64_t *account_id, struct error *error)
{
	const struct transactional_message welcome = {
	    .composition = registration->welcome, .recipient = registration->email_address};
	struct transactional_message_ids ids;
	enum db_status status = db_begin(connection, error);

	if (status != DB_STATUS_OK)
		return status;
	status =
	    register_in_transaction(connection, registration, &welcome, &ids, account_id, error);
	status = db_end(connection, status, error);
	if (status == DB_STATUS_OK)
		transactional_message_committed(&welcome, &ids);
	return status;
}

#include "services/relay/deliver/sender.h"

#include "db/return_path_setup.h"
#include "services/relay/message/return_path.h"

static const char *
sender_own(const struct delivery *delivery)
{
	return delivery->composition != NULL ? delivery->composition->from_email
					     : delivery->message->mail_from;
}

bool
sender_is_kept(const struct delivery *delivery, const struct db_worker *worker)
{
	return sender_own(delivery)[0] == '\0' ||
	    account_keeps_mail_from(worker, delivery->account_id);
}

char *
sender_create(const struct delivery *delivery, const struct db_worker *worker, const char *domain,
    enum sender_kind *kind)
{
	const struct delivery_token path = {delivery->account_id, delivery->delivery_id};

	if (sender_is_kept(delivery, worker)) {
		*kind = SENDER_KEPT;
		return g_strdup(sender_own(delivery));
	}
	*kind = SENDER_RETURN_PATH;
	return return_path_create(&path, return_path_key(worker), domain);
}

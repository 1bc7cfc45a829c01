#include "services/relay/deliver/sender.h"

#include "db/return_path_setup.h"
#include "services/relay/message/return_path.h"

char *
sender_create(const struct delivery *delivery, const struct db_worker *worker, const char *domain,
    enum sender_kind *kind)
{
	const struct return_path path = {delivery->account_id, delivery->delivery_id};
	const char *own = delivery->composition != NULL ? delivery->composition->from_email
							: delivery->message->mail_from;

	*kind = SENDER_KEPT;
	if (own[0] == '\0' || account_keeps_mail_from(worker, delivery->account_id))
		return g_strdup(own);
	*kind = SENDER_RETURN_PATH;
	return return_path_create(&path, return_path_key(worker), domain);
}

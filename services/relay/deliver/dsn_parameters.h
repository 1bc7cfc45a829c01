/*
 * What a next hop that offers DSN is asked for (RFC 3461 5.2.1): parameters of MAIL and RCPT, each after a space, "" for
 * none.
 *
 * Under its own sender a message goes on with what it came with. Under a return path of ours the next hop's reports come to
 * us, and not to who asked for them: then we ask for what we need ourselves, which is the failures, with no more of the
 * message than its header, and tell the sender what it asked for (report.h, receive/relay_bounce.c). ENVID and ORCPT go on
 * in both cases: they name the message and its recipient to whoever looks for them later.
 */
#ifndef SERVICES_RELAY_DELIVER_DSN_PARAMETERS_H
#define SERVICES_RELAY_DELIVER_DSN_PARAMETERS_H

#include "services/relay/deliver/sender.h"

/* " RET=HDRS ENVID=QQ314159". g_free(). */
char *dsn_mail_parameters(const struct message *message, enum sender_kind sender);

/* " NOTIFY=SUCCESS,DELAY ORCPT=rfc822;ann@example.net", of a delivery of an SMTP message. is_smtputf8: the transaction says
 * SMTPUTF8, so that an ORCPT in UTF-8 may go on. g_free(). */
char *dsn_rcpt_parameters(
    const struct delivery *delivery, enum sender_kind sender, bool is_smtputf8);

#endif

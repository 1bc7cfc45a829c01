/*
 * The SMTP log as XML: <SMTPLog> with TransactionalID, EmailAddress and an <Attempt> for each attempt of the text form,
 * which holds the same lines. Read leniently: a line of an unknown form becomes a note, so that nothing is lost.
 */
#ifndef SERVICES_SOAP_SMTP_LOG_XML_H
#define SERVICES_SOAP_SMTP_LOG_XML_H

#include <stdint.h>

/* log: the attempts' text, one after another. Returns the document without an XML declaration (it travels as a string);
 * the caller's to g_free(). */
char *smtp_log_xml(int64_t transactional_id, const char *email_address, const char *log);

#endif

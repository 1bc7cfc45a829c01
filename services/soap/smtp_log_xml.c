#include "services/soap/smtp_log_xml.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <libxml/tree.h>

#include "services/soap/xml_text.h"

enum { LOG_TIME_LENGTH = 12 }; /* "14:05:11.050" */

/* "attempt 1 2026-03-19T14:05:11.042Z mx1.example.test [192.0.2.25]:25"; host and address may be missing. */
static xmlNodePtr
attempt_add(xmlNodePtr root, const char *words)
{
	xmlNodePtr attempt = xmlNewChild(root, NULL, BAD_CAST "Attempt", NULL);
	char **word = g_strsplit(words, " ", -1);
	const char *values[] = {"", "", ""}; /* number, start, host */
	char *ip = NULL;
	const char *port = "";
	size_t next = 0;

	for (char **at = word; *at != NULL; at++) {
		char *end = strchr(*at, ']');

		if (**at == '[' && end != NULL) {
			*end = '\0';
			ip = *at + 1;
			port = end[1] == ':' ? end + 2 : "";
		} else if (**at != '\0' && next < G_N_ELEMENTS(values)) {
			values[next++] = *at;
		}
	}
	xmlNewProp(attempt, BAD_CAST "number", BAD_CAST values[0]);
	xmlNewProp(attempt, BAD_CAST "host", BAD_CAST values[2]);
	xmlNewProp(attempt, BAD_CAST "ip", BAD_CAST(ip != NULL ? ip : ""));
	xmlNewProp(attempt, BAD_CAST "port", BAD_CAST port);
	xmlNewProp(attempt, BAD_CAST "started", BAD_CAST values[1]);
	xmlNewProp(attempt, BAD_CAST "result", BAD_CAST "");
	g_strfreev(word);
	return attempt;
}

/* dd:dd:dd.ddd and a space */
static bool
starts_with_time(const char *line)
{
	static const char form[] = "dd:dd:dd.ddd ";

	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == 'd' ? !g_ascii_isdigit(line[i]) : line[i] != form[i])
			return false;
	return true;
}

static const char *
direction_of(char sign)
{
	switch (sign) {
	case '<':
		return "in";
	case '>':
		return "out";
	case '=':
		return "note";
	default:
		return NULL;
	}
}

static void
line_add(xmlNodePtr attempt, const char *line)
{
	char time[LOG_TIME_LENGTH + 1] = "";
	const char *direction;
	xmlNodePtr element;

	if (starts_with_time(line)) {
		memcpy(time, line, LOG_TIME_LENGTH);
		line += LOG_TIME_LENGTH + 1;
	}
	direction = direction_of(*line);
	if (direction != NULL && (line[1] == ' ' || line[1] == '\0'))
		line += line[1] == ' ' ? 2 : 1;
	else
		direction = "note";
	element = xmlNewTextChild(attempt, NULL, BAD_CAST "Line", BAD_CAST line);
	xmlNewProp(element, BAD_CAST "time", BAD_CAST time);
	xmlNewProp(element, BAD_CAST "direction", BAD_CAST direction);
}

static void
log_add(xmlNodePtr root, char *log)
{
	xmlNodePtr attempt = NULL;
	char *line;

	while ((line = strsep(&log, "\n")) != NULL) {
		if (g_str_has_prefix(line, "attempt ")) {
			attempt = attempt_add(root, line + strlen("attempt "));
			continue;
		}
		if (*line == '\0')
			continue;
		if (attempt == NULL)
			attempt = attempt_add(root, "");
		if (g_str_has_prefix(line, "result "))
			xmlSetProp(attempt, BAD_CAST "result", BAD_CAST(line + strlen("result ")));
		else
			line_add(attempt, line);
	}
}

static char *
node_text(xmlDocPtr document, xmlNodePtr node)
{
	xmlBufferPtr buffer = xmlBufferCreate();
	char *text;

	xmlNodeDump(buffer, document, node, 0, 0);
	text = g_strdup((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	return text;
}

char *
smtp_log_xml(int64_t transactional_id, const char *email_address, const char *log)
{
	xmlDocPtr document = xmlNewDoc(BAD_CAST "1.0");
	xmlNodePtr root = xmlNewNode(NULL, BAD_CAST "SMTPLog");
	char *clean_address = xml_text_clean(email_address);
	char *clean_log = xml_text_clean(log);
	char id[24], *text;

	/* Without an encoding libxml2 would write what is not ASCII as numbers. */
	document->encoding = xmlStrdup(BAD_CAST "UTF-8");
	xmlDocSetRootElement(document, root);
	snprintf(id, sizeof(id), "%" PRId64, transactional_id);
	xmlNewTextChild(root, NULL, BAD_CAST "TransactionalID", BAD_CAST id);
	xmlNewTextChild(root, NULL, BAD_CAST "EmailAddress", BAD_CAST clean_address);
	log_add(root, clean_log);
	text = node_text(document, root);
	xmlFreeDoc(document);
	g_free(clean_address);
	g_free(clean_log);
	return text;
}

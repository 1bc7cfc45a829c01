#include "services/soap/content_type.h"

#include <string.h>

#include <glib.h>

char *
content_type_charset(const char *content_type)
{
	const char *at = strcasestr(content_type, "charset=");
	char *charset;

	if (at == NULL)
		return NULL;
	at += strlen("charset=");
	at += *at == '"' || *at == '\'';
	charset = g_strndup(at, strcspn(at, "\"'; \t"));
	if (*charset != '\0')
		return charset;
	g_free(charset);
	return NULL;
}

bool
content_type_is_soap_12(const char *content_type)
{
	return strcasestr(content_type, "application/soap+xml") != NULL;
}

bool
content_type_may_be_form(const char *content_type)
{
	return *content_type == '\0' ||
	    strcasestr(content_type, "application/x-www-form-urlencoded") != NULL ||
	    strcasestr(content_type, "text/plain") != NULL;
}

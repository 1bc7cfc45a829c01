#include "services/soap/xml_charset.h"

#include <string.h>

#include <libxml/parser.h>

enum { GSOAP_REFERENCE_MAX = 5 }; /* characters between "&#" and ";": "65535", "xFFFF" */

bool
xml_charset_names_utf8(const char *encoding)
{
	return g_ascii_strcasecmp(encoding, "utf-8") == 0 ||
	    g_ascii_strcasecmp(encoding, "utf8") == 0;
}

/* The encoding that an XML declaration in ASCII names ("" for none); the caller's to g_free(). */
static char *
declared_encoding(const char *xml, size_t length)
{
	static const char begin[] = "<?xml";
	const char *end = NULL, *at = NULL;

	if (length > strlen(begin) && memcmp(xml, begin, strlen(begin)) == 0)
		end = g_strstr_len(xml, (gssize)length, "?>");
	if (end != NULL)
		at = g_strstr_len(xml, end - xml, "encoding");
	if (at == NULL)
		return g_strdup("");
	at += strcspn(at, "'\"?");
	at += *at != '?';
	return g_strndup(at, strcspn(at, "'\"?"));
}

bool
xml_charset_has_utf16_mark(const char *xml, size_t length)
{
	return length >= 2 && (memcmp(xml, "\xff\xfe", 2) == 0 || memcmp(xml, "\xfe\xff", 2) == 0);
}

bool
xml_charset_has_long_reference(const char *xml, size_t length)
{
	const char *end = xml + length;

	while ((xml = memchr(xml, '&', (size_t)(end - xml))) != NULL) {
		const char *semicolon;

		xml++;
		if (xml == end || *xml != '#')
			continue;
		xml++;
		semicolon = memchr(xml, ';', (size_t)(end - xml));
		if (semicolon == NULL)
			return false;
		if (semicolon - xml > GSOAP_REFERENCE_MAX)
			return true;
	}
	return false;
}

bool
xml_charset_is_utf8(const char *xml, size_t length, const char *charset)
{
	char *declared;
	bool utf8;

	if (charset != NULL && !xml_charset_names_utf8(charset))
		return false;
	if (xml_charset_has_utf16_mark(xml, length) ||
	    (length >= 2 && (xml[0] == '\0' || xml[1] == '\0')))
		return false;
	declared = declared_encoding(xml, length);
	utf8 = *declared == '\0' || xml_charset_names_utf8(declared);
	g_free(declared);
	return utf8;
}

int
xml_charset_options(const char *charset)
{
	return XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
	    (charset != NULL ? XML_PARSE_IGNORE_ENC : 0);
}

GString *
xml_charset_to_utf8(const char *xml, size_t length, const char *charset)
{
	xmlDocPtr document =
	    xmlReadMemory(xml, (int)length, NULL, charset, xml_charset_options(charset));
	xmlChar *bytes = NULL;
	GString *utf8;
	int size = 0;

	if (document == NULL)
		return NULL;
	xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
	xmlFreeDoc(document);
	utf8 = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return utf8;
}

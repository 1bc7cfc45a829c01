/* Names of columns that users chose, as names of XML elements. */
#include "services/soap/report_writer.h"

#include <glib.h>
#include <libxml/chvalid.h>

/* Letters of XML 1.0 (fourth edition, appendix B), which .NET goes by; none of them is beyond the BMP. */
static bool
character_may_begin(gunichar character)
{
	return character == '_' ||
	    (character <= 0xFFFF && (xmlIsBaseCharQ(character) || xmlIsIdeographicQ(character)));
}

static bool
character_may_follow(gunichar character)
{
	return character_may_begin(character) || character == '-' || character == '.' ||
	    (character <= 0xFFFF &&
		(xmlIsDigitQ(character) || xmlIsCombiningQ(character) ||
		    xmlIsExtenderQ(character)));
}

/* "_xHHHH_", by which the reader would be misled. */
static bool
looks_encoded(const char *text)
{
	if (text[0] != '_' || text[1] != 'x')
		return false;
	for (int i = 2; i < 6; i++)
		if (!g_ascii_isxdigit(text[i]))
			return false;
	return text[6] == '_';
}

char *
report_name_encode(const char *text)
{
	GString *name = g_string_new(NULL);

	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);
		bool fits =
		    at == text ? character_may_begin(character) : character_may_follow(character);

		if (fits && !looks_encoded(at))
			g_string_append_unichar(name, character);
		else
			g_string_append_printf(
			    name, character > 0xFFFF ? "_x%08X_" : "_x%04X_", character);
	}
	if (name->len == 0)
		g_string_append_c(name, '_');
	return g_string_free(name, FALSE);
}

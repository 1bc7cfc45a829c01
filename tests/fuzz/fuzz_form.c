/* Form bodies of any bytes, the last of which chooses the charset: fields that are UTF-8 and that XML can hold, or a reason. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "services/soap/form.h"
#include "services/soap/xml_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const charsets[] = {
	    NULL, "ISO-8859-1", "UTF-16", "ISO-2022-JP", "UTF-7", "x//IGNORE"};
	struct error error = {0};
	GPtrArray *form;

	if (size == 0)
		return 0;
	form = form_parse((const char *)data, size - 1,
	    charsets[data[size - 1] % G_N_ELEMENTS(charsets)], &error);
	if (form == NULL) {
		assert(error.text[0] != '\0');
		return 0;
	}
	assert(form->len <= FORM_FIELDS_MAX);
	for (guint i = 0; i < form->len; i++) {
		const struct form_field *field = g_ptr_array_index(form, i);

		assert(g_utf8_validate(field->name, -1, NULL));
		assert(xml_text_is_clean(field->value));
	}
	g_ptr_array_unref(form);
	return 0;
}

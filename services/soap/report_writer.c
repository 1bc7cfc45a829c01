#include "services/soap/report_writer_private.h"

#include <string.h>

#include "services/soap/xml_text.h"

static const struct report_form_calls *const forms[] = {
    [REPORT_FORM_TEXT] = &report_form_text,
    [REPORT_FORM_XML] = &report_form_xml,
    [REPORT_FORM_DATASET] = &report_form_dataset,
};

struct report_writer *
report_writer_create(
    struct report_claim *claim, enum report_form form, const struct report_delimiters *delimiters)
{
	struct report_writer *writer = g_new0(struct report_writer, 1);

	writer->form = forms[form];
	writer->claim = claim;
	writer->text = g_string_new(NULL);
	if (delimiters != NULL)
		writer->delimiters = *delimiters;
	return writer;
}

void
report_writer_destroy(struct report_writer *writer)
{
	if (writer == NULL)
		return;
	if (writer->xml != NULL)
		xmlFreeTextWriter(writer->xml);
	g_string_free(writer->text, TRUE);
	g_free(writer);
}

void
report_writer_begin(struct report_writer *writer, const char *row,
    const struct report_column *columns, size_t count)
{
	writer->row = row;
	writer->columns = columns;
	writer->count = count;
	writer->form->begin(writer);
}

static enum report_state
room_check(const struct report_writer *writer)
{
	if (writer->text->len > REPORT_BYTES_MAX)
		return REPORT_TOO_LONG;
	return report_claim_grow(writer->claim, writer->text->len) ? REPORT_GOING : REPORT_CROWDED;
}

bool
report_writer_add(struct report_writer *writer, const char *const *values)
{
	if (writer->state != REPORT_GOING)
		return false;
	for (size_t i = 0; i < writer->count; i++) {
		char *clean = xml_text_is_clean(values[i]) ? NULL : xml_text_clean(values[i]);

		writer->form->add(writer, i, clean != NULL ? clean : values[i]);
		g_free(clean);
	}
	if (writer->form->end_row != NULL)
		writer->form->end_row(writer);
	writer->rows++;
	writer->state = room_check(writer);
	return writer->state == REPORT_GOING;
}

char *
report_writer_end(struct report_writer *writer)
{
	if (writer->form->end != NULL)
		writer->form->end(writer);
	return writer->text->str;
}

enum report_state
report_writer_state(const struct report_writer *writer)
{
	return writer->state;
}

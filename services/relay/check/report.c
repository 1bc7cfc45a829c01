#include "services/relay/check/report.h"

static const char *const status_names[] = {
    [CHECK_OK] = "ok", [CHECK_NOTICE] = "notice", [CHECK_WRONG] = "wrong"};

const char *
check_status_name(enum check_status status)
{
	return status_names[status];
}

static void
finding_free(void *data)
{
	struct check_finding *finding = data;

	g_free(finding->domain);
	g_free(finding->found);
	g_free(finding->publish);
	g_free(finding);
}

GPtrArray *
check_report_create(void)
{
	return g_ptr_array_new_with_free_func(finding_free);
}

void
check_report_add(GPtrArray *report, enum check_status status, const char *what, const char *domain,
    char *publish, const char *found, ...)
{
	struct check_finding *finding = g_new0(struct check_finding, 1);
	va_list arguments;

	finding->status = status;
	finding->what = what;
	finding->domain = g_strdup(domain);
	finding->publish = publish;
	va_start(arguments, found);
	finding->found = g_strdup_vprintf(found, arguments);
	va_end(arguments);
	g_ptr_array_add(report, finding);
}

gboolean
check_report_is_wrong(const GPtrArray *report)
{
	for (guint i = 0; i < report->len; i++)
		if (((const struct check_finding *)report->pdata[i])->status == CHECK_WRONG)
			return TRUE;
	return FALSE;
}

#include "services/soap/date_parameter.h"

#include <string.h>

#include <glib.h>

#include "base/clock.h"

/* \h: .NET writes a no-break space (U+202F) before AM and PM. */
#define FORM_CLOCK                                                                                 \
	"(?:\\s+(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2}))?\\h*(?<half>[AP]M)?)?"
#define FORM_MONTH                                                                                 \
	"(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"    \
	"sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"

static const char form_iso[] =
    "^\\s*(?<year>\\d{4})([-/])(?<month>\\d{1,2})\\g{-2}(?<day>\\d{1,2})"
    "(?:[T ]\\s*(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2}(?:\\.\\d{1,9})?))?"
    "\\s*(?:Z|(?<zone>[+-]\\d{2}:?\\d{2}))?)?\\s*$";
static const char form_american[] =
    "^\\s*(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{4})" FORM_CLOCK "\\s*$";
static const char form_named[] = "^\\s*(?:[a-z]{3,9},?\\s+)?(?:" FORM_MONTH
				 "\\s+(?<day>\\d{1,2}),?|(?<day>\\d{1,2})[\\s-]" FORM_MONTH ")"
				 "[\\s-](?<year>\\d{4})" FORM_CLOCK "(?:\\s*GMT)?\\s*$";
static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

/* A named group as a number; what did not take part in the match is 0. */
static double
match_number(const GMatchInfo *match, const char *name)
{
	char *text = g_match_info_fetch_named(match, name);
	double number = text != NULL ? g_ascii_strtod(text, NULL) : 0;

	g_free(text);
	return number;
}

static bool
match_has(const GMatchInfo *match, const char *name)
{
	char *text = g_match_info_fetch_named(match, name);
	bool has = text != NULL && *text != '\0';

	g_free(text);
	return has;
}

/* 12 AM is midnight, 12 PM noon. -1: no such hour. */
static int
match_hour(const GMatchInfo *match)
{
	int hour = (int)match_number(match, "hour");
	char *half = g_match_info_fetch_named(match, "half");

	if (half != NULL && *half != '\0') {
		if (hour < 1 || hour > 12)
			hour = -1;
		else
			hour = hour % 12 + (g_ascii_toupper(*half) == 'P' ? 12 : 0);
	}
	g_free(half);
	return hour;
}

/* 0: it names none. */
static int
match_month(const GMatchInfo *match)
{
	char *name = g_match_info_fetch_named(match, "name");
	char *start;
	int month;

	if (name == NULL || *name == '\0') {
		g_free(name);
		return (int)match_number(match, "month");
	}
	start = g_ascii_strdown(name, 3);
	month = (int)(strstr(months, start) - months) / 3 + 1;
	g_free(start);
	g_free(name);
	return month;
}

static GTimeZone *
match_zone(const GMatchInfo *match)
{
	char *zone = g_match_info_fetch_named(match, "zone");
	GTimeZone *meant = zone != NULL && *zone != '\0' ? g_time_zone_new_identifier(zone) : NULL;

	g_free(zone);
	return meant != NULL ? meant : g_time_zone_new_utc();
}

static bool
match_read(const GMatchInfo *match, int64_t *when, bool *is_day)
{
	GTimeZone *zone = match_zone(match);
	GDateTime *time = g_date_time_new(zone, (int)match_number(match, "year"),
	    match_month(match), (int)match_number(match, "day"), match_hour(match),
	    (int)match_number(match, "minute"), match_number(match, "second"));

	g_time_zone_unref(zone);
	if (time == NULL)
		return false;
	*when = g_date_time_to_unix(time) * CLOCK_SECOND + g_date_time_get_microsecond(time);
	*is_day = !match_has(match, "hour");
	g_date_time_unref(time);
	return true;
}

static bool
form_parse(const char *form, const char *text, int64_t *when, bool *is_day)
{
	GRegex *regex = g_regex_new(form, G_REGEX_CASELESS | G_REGEX_DUPNAMES, 0, NULL);
	GMatchInfo *match;
	bool parsed = g_regex_match(regex, text, 0, &match) && match_read(match, when, is_day);

	g_match_info_free(match);
	g_regex_unref(regex);
	return parsed;
}

bool
date_parameter_parse(const char *text, int64_t *when, bool *is_day)
{
	return form_parse(form_iso, text, when, is_day) ||
	    form_parse(form_american, text, when, is_day) ||
	    form_parse(form_named, text, when, is_day);
}

int64_t
date_parameter_end(int64_t when, bool is_day)
{
	return MAX(when, 0) + (is_day ? CLOCK_DAY : 1);
}

#include "db/conversation_times.h"

#include <string.h>

#include "base/clock.h"

enum {
	DATE_LENGTH = sizeof("2026-03-19") - 1,
	DATE_FIELDS = 3,
	JULIAN_1970 = 719163, /* GDate counts days from 1 on 0001-01-01 */
	NUMBER_BITS = 7,
	NUMBER_SHIFT_MAX = 56
};

static const int64_t microseconds = CLOCK_SECOND / 1000;

int64_t
times_read_clock(const char *text)
{
	static const char most[] = "29:59:59.999";
	int digit[TIMES_CLOCK_LENGTH];
	int hours;

	for (unsigned i = 0; i < TIMES_CLOCK_LENGTH; i++) {
		digit[i] = text[i] - '0';
		if (g_ascii_isdigit(most[i]) ? digit[i] < 0 || text[i] > most[i]
					     : text[i] != most[i])
			return -1;
	}
	hours = digit[0] * 10 + digit[1];
	if (hours >= 24)
		return -1;
	return ((hours * 60 + digit[3] * 10 + digit[4]) * 60 + digit[6] * 10 + digit[7]) * 1000 +
	    digit[9] * 100 + digit[10] * 10 + digit[11];
}

static bool
date_read(const char *text, GDate *date)
{
	unsigned field[DATE_FIELDS] = {0}, at = 0;

	for (unsigned i = 0; i < DATE_LENGTH; i++) {
		if (g_ascii_isdigit(text[i]))
			field[at] = field[at] * 10 + (unsigned)(text[i] - '0');
		else if (text[i] != '-' || ++at == DATE_FIELDS)
			return false;
	}
	g_date_clear(date, 1);
	if (field[0] > UINT16_MAX || field[1] > G_DATE_DECEMBER || field[2] > UINT8_MAX ||
	    !g_date_valid_dmy((GDateDay)field[2], (GDateMonth)field[1], (GDateYear)field[0]))
		return false;
	g_date_set_dmy(date, (GDateDay)field[2], (GDateMonth)field[1], (GDateYear)field[0]);
	return true;
}

bool
times_read_iso(const char *text, int64_t *when)
{
	char again[CLOCK_ISO_SIZE];
	int64_t clock = times_read_clock(text + DATE_LENGTH + 1);
	GDate date;

	if (clock < 0 || !date_read(text, &date))
		return false;
	*when = ((int64_t)g_date_get_julian(&date) - JULIAN_1970) * TIMES_DAY + clock;
	return *when >= 0 &&
	    memcmp(clock_iso(*when * microseconds, again), text, TIMES_ISO_LENGTH) == 0;
}

void
times_write_clock(int64_t when, char *out)
{
	clock_time_of_day(when * microseconds, out);
}

void
times_append_iso(GString *to, int64_t when)
{
	char text[CLOCK_ISO_SIZE];

	g_string_append(to, clock_iso(when * microseconds, text));
}

void
times_append_number(GString *to, uint64_t number)
{
	for (; number >= 1u << NUMBER_BITS; number >>= NUMBER_BITS)
		g_string_append_c(to, (char)(number | 1u << NUMBER_BITS));
	g_string_append_c(to, (char)number);
}

bool
times_read_number(const char **at, const char *end, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; *at < end && shift <= NUMBER_SHIFT_MAX; shift += NUMBER_BITS) {
		unsigned char byte = (unsigned char)*(*at)++;

		*number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 1u << NUMBER_BITS)
			return true;
	}
	return false;
}

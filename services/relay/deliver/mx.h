/* MX records (RFC 5321 5.1, RFC 7505), from the answer to the order in which hosts are tried. */
#ifndef SERVICES_RELAY_DELIVER_MX_H
#define SERVICES_RELAY_DELIVER_MX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct mx {
	unsigned preference;
	guint32 shuffle; /* random: orders equal preferences */
	char *name;      /* lower case, no dot at the end; "" is the root: null MX */
};

/* An uncompressed name in wire form (RFC 1035 3.1), as struct mx has it; g_free. NULL: it is cut short, or names what is no host. */
char *mx_name_read(const void *wire, size_t length);

/* An array of struct mx, owned. */
GPtrArray *mx_list_create(void);

/* Adds a record: preference and uncompressed name in wire form (RFC 1035 3.3.9). One that is
 * malformed, or names what is no host, is left out: false. */
bool mx_list_add(GPtrArray *list, const void *rdata, size_t length);

/* Best first, equal ones in random order. */
void mx_list_sort(GPtrArray *list);

/* RFC 7505 3: the domain takes no mail. Elsewhere a root name means nothing and is removed by this. */
bool mx_list_is_null(GPtrArray *list);

/* RFC 5321 5.1: if hostname is among a sorted list, removes it and all that are no better, so that
 * mail does not loop. Returns whether it was. */
bool mx_list_cut_own(GPtrArray *list, const char *hostname);

#endif

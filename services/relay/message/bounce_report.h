/*
 * What a server says later about a message that it, or one before it, had taken: reads a message that came to a return
 * path (return_path.h).
 *
 * Read are delivery status notifications (RFC 3464), complaints in the abuse reporting format (RFC 5965), and, where there
 * is neither, the text of servers that write for people alone (bounce_text.h). What answers by itself for another reason, as
 * out-of-office replies do, is no bounce.
 *
 * The time is bounded: BOUNCE_BODY_MAX bytes of the body are looked at, BOUNCE_PARTS_MAX parts.
 */
#ifndef SERVICES_RELAY_MESSAGE_BOUNCE_REPORT_H
#define SERVICES_RELAY_MESSAGE_BOUNCE_REPORT_H

#include <glib.h>

enum {
	BOUNCE_HEAD_MAX = 64 << 10,
	BOUNCE_BODY_MAX = 256 << 10,
	BOUNCE_PARTS_MAX = 50,
	BOUNCE_DEPTH_MAX = 8,  /* of multiparts in multiparts */
	BOUNCE_TEXT_MAX = 500, /* bytes of the server's words that are kept */
	BOUNCE_STATUS_SIZE = sizeof("5.999.999")
};

enum bounce_kind {
	BOUNCE_NONE,    /* not about a failure: a reply, a success, something else */
	BOUNCE_DELAYED, /* a warning: the server still tries */
	BOUNCE_TRANSIENT, /* given up, for a reason that may pass: a full mailbox, a server that was away */
	BOUNCE_PERMANENT, /* refused for good */
	BOUNCE_COMPLAINT  /* the recipient called it spam */
};

struct bounce_report {
	enum bounce_kind kind;
	int smtp_code;                   /* 400 to 599; 0: not said */
	char status[BOUNCE_STATUS_SIZE]; /* RFC 3463, "5.1.1"; "": not said */
	char *recipient;                 /* whom it names; UTF-8; NULL: nobody */
	char *
	    text; /* the server's words, one line of UTF-8, at most BOUNCE_TEXT_MAX bytes; never NULL */
};

/* head: header fields with their line ends; body: from the empty line on. report is filled whatever they hold;
 * bounce_report_clear() frees what it holds. */
void bounce_report_read(const GString *head, const GString *body, struct bounce_report *report);
void bounce_report_clear(struct bounce_report *report);

/* "permanent", for logs and the database. */
const char *bounce_kind_name(enum bounce_kind kind);

#endif

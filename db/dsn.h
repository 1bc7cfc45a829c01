/*
 * What a sender asked to be told of its message (RFC 3461), as it is kept with the message and its deliveries. The numbers
 * are those of the database.
 */
#ifndef DB_DSN_H
#define DB_DSN_H

/* NOTIFY of a recipient: 0: not said; else some of the first three, or DSN_NOTIFY_NEVER alone. */
enum dsn_notify {
	DSN_NOTIFY_SUCCESS = 1,
	DSN_NOTIFY_FAILURE = 2,
	DSN_NOTIFY_DELAY = 4,
	DSN_NOTIFY_NEVER = 8,
	DSN_NOTIFY_TOLD = 16 /* not the sender's: a report of delay was made */
};

/* RET of a message: what a report of its failure holds of it. */
enum dsn_return { DSN_RETURN_UNSAID, DSN_RETURN_FULL, DSN_RETURN_HEADERS };

#endif

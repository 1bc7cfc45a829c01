/*
 * A transcript (services/relay/deliver/transcript.h) without what it repeats and what other columns of its row hold. For
 * db/conversation.h alone, which compresses the rest.
 *
 * The parts are
 *   - three words, a line each, "" for none: the relay's name, from the first EHLO; the host's, from the line "attempt"; the
 *     message's bytes, from the first SIZE=;
 *   - the text without its times, where a byte stands for a word: 1 the recipient, 2 what the numbers make of the delivery's
 *     token (base/delivery_token.h), 3 to 5 the three;
 *   - a NUL, and the times, as numbers of seven bits a byte, the least first, all but the last byte of each with the highest
 *     bit set. First that of the line "attempt": milliseconds since the day of the delivery's id began, twice that, or twice
 *     its negative less one. The lines marked <, > and = have the others: sixteen times the milliseconds since the one before,
 *     less than a day, and how many lines (to 15) of the same time follow.
 */
#ifndef DB_CONVERSATION_PARTS_H
#define DB_CONVERSATION_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "db/conversation.h"

/* text, without NULs, into parts, which is emptied first. times: of the caller, to be used again. False: it could not be put
 * together again, byte for byte. */
bool conversation_take_apart(const struct conversation_key *key, const char *text, size_t length,
    GString *parts, GString *times);

/* Appends the text. False, with some of it appended: these are no parts, or text would pass CONVERSATION_TEXT_MAX bytes. */
bool conversation_put_together(
    const struct conversation_key *key, const char *parts, size_t length, GString *text);

#endif

/* Why a delivery still waits, or failed, in one line: what its last attempt came to. */
#ifndef SERVER_QUEUE_REASON_H
#define SERVER_QUEUE_REASON_H

/*
 * result, transcript: of that attempt, as the log has them. Returns "mx.example.net said: 451 4.3.0 later", or the note that
 * explains it; "" when there was no attempt. The caller's to g_free().
 */
char *queue_reason(const char *result, const char *transcript);

#endif

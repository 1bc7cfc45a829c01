/*
 * How much memory reports may take, all together: from their first row until the client has read the answer, so that neither
 * many callers nor slow ones fill the server's. Shared by all threads.
 */
#ifndef SERVICES_SOAP_REPORT_MEMORY_H
#define SERVICES_SOAP_REPORT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* While an answer is written from a report, it is there twice. */
enum { REPORT_BYTES_ALL = 384 << 20 };

struct report_memory;

/* What one report takes of it. */
struct report_claim;

struct report_memory *report_memory_create(void);

/* Claims may outlive their memory's owner. */
void report_memory_unref(struct report_memory *memory);

/* Bytes that all claims have. */
size_t report_memory_taken(const struct report_memory *memory);

struct report_claim *report_claim_create(struct report_memory *memory);

/* At least so many bytes. False: there are not as many left. */
bool report_claim_grow(struct report_claim *claim, size_t bytes);

void report_claim_free(struct report_claim *claim);

#endif

/* What a restored database lacks, as `bracemail restored` prints it: lines for people, or one JSON document. */
#ifndef SERVER_RESTORED_PRINT_H
#define SERVER_RESTORED_PRINT_H

#include "db/restored.h"

/* settled: deliveries that were; -1: nobody asked for it. nodes: names of others that delivered for this database, and do not now. */
void restored_print(const struct restored *restored, int64_t settled, const GPtrArray *nodes);
void restored_print_json(const struct restored *restored, int64_t settled, const GPtrArray *nodes);

#endif

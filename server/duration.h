/* A length of time for people, in two units: "3d04h", "2h05m", "4m10s", "7s". */
#ifndef SERVER_DURATION_H
#define SERVER_DURATION_H

#include <stdint.h>

enum { DURATION_SIZE = 32 };

/* Into out (DURATION_SIZE bytes). Returns out. What is less than nothing is 0s. */
const char *duration_text(int64_t microseconds, char *out);

/* When a next attempt is, seen from now: "now", "in 4m10s". The same. */
const char *duration_until(int64_t when, int64_t now, char *out);

#endif

/* GMime's tables, made once in a process; they stay. To be called before anything of GMime. */
#ifndef SERVICES_RELAY_MESSAGE_GMIME_READY_H
#define SERVICES_RELAY_MESSAGE_GMIME_READY_H

void gmime_ready(void);

#endif

/* The name of a process in ps(1): over the words that it was started with, as far as they reach. */
#ifndef SERVER_PROCESS_TITLE_H
#define SERVER_PROCESS_TITLE_H

/* From main(), before anything forks. */
void process_title_prepare(int argc, char **argv);

/* "bracemail: name". Also the thread's name (comm). Nothing happens when it was not prepared. */
void process_title_set(const char *name);

#endif

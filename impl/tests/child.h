/* SPDX-License-Identifier: MIT */
/*
 * child.h: runs a function in a child process and gives its end and what it said on standard
 * error: for behaviour that ends a process.
 */
#ifndef LOOKASIDE_CHILD_H
#define LOOKASIDE_CHILD_H

#include <sys/wait.h>

enum { CHILD_SAID = 4096 };

struct child {
    int status;            /* as waitpid() gives it */
    char said[CHILD_SAID]; /* the beginning of its standard error */
};

/* work() runs in the child, which exits with 0 after it, exit handlers included. */
struct child child_run(void (*work)(void));

#endif

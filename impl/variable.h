/* SPDX-License-Identifier: MIT */
/* variable.h: the environment's variables that the library reads: each holds one of a few words. */
#ifndef LOOKASIDE_VARIABLE_H
#define LOOKASIDE_VARIABLE_H

#include <stdatomic.h>
#include <stdbool.h>

struct la_variable {
    const char *name;
    const char *const *words; /* NULL behind the last */
    _Atomic bool told;
};

/* Which of its words the variable holds, from 0; -1: it is unset or empty, or holds another one, of
 * which the first call says so in one line on stderr. Programs that run with other rights than
 * their caller's have no variables. Thread-safety: as getenv(). */
int la_variable_word(struct la_variable *variable);

#endif

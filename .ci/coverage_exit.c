/* SPDX-License-Identifier: MIT */
/*
 * coverage_exit.c: linked into everything that is built for coverage, in the place of _exit() and
 * abort(): gcov writes its counters at exit(), which children of tests and processes that are meant
 * to abort do not reach.
 */
#include <gcov.h>

void __real__exit(int status) __attribute__((noreturn));
void __real_abort(void) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
void __wrap_abort(void) __attribute__((noreturn));

void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}

void __wrap_abort(void)
{
    __gcov_dump();
    __real_abort();
}

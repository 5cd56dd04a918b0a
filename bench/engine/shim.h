/* SPDX-License-Identifier: MIT */
/*
 * shim.h: Google Benchmark for C. It is the runner and the file format; time is taken by our
 * engine, inside one iteration per row with manual time, because its own thread mode has cold and
 * unbound threads and changed the meaning of its figures between versions. All of C++ stands
 * behind this header.
 *
 * One run is: shim_init(), then for every block shim_add() for each contender in the block's order
 * and shim_run(), and in the end shim_write(). Main thread.
 */
#ifndef LA_SHIM_H
#define LA_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench_json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Hands the --benchmark_ options of argv to Google Benchmark; argv[0] is the program. False, with
 * the first option that it does not know in *unknown. */
bool shim_init(int *argc, char **argv, const char **unknown);

/* Whether --benchmark_filter leaves the cell of that name in. False for all after a bad pattern,
 * which *bad says. */
bool shim_selected(const char *name, bool *bad);

/* Measures a cell; false if it could not. *seconds: the window. */
typedef bool shim_measure(void *context, double *seconds);

/* Registers a cell for the next shim_run(). */
void shim_add(const char *name, shim_measure *measure, void *context);

/* Runs what was added, in that order, and forgets it; returns how many were measured. */
size_t shim_run(void);

/* Google Benchmark's version, as its header says; its JSON lacks it. */
const char *shim_library_version(void);

/* A key of the file's context. */
void shim_context(const char *key, const char *value);

/* Writes Google Benchmark's JSON with these rows; false if the stream failed. */
bool shim_write(FILE *stream, const struct la_bench_row *rows, size_t nr_rows);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: MIT */
/*
 * antagonist.h: what a noisy machine does to threads, at a rate: takes their CPUs away, sends them
 * signals, or moves them to other CPUs. All of it comes from outside: the threads take no part.
 *
 *   preempt   a thread on each of the CPUs, of real-time priority where that is permitted and else
 *             of the best nice value that is, sleeps, and then runs for LA_PREEMPT_NS
 *   signal    a timer for each thread, whose handler counts, and does nothing else
 *   migrate   one thread, of such priority, binds each of the others to the next of the CPUs
 *
 * It ends with la_antagonist_stop(), and at the latest with its process.
 */
#ifndef LA_DEGRADE_ANTAGONIST_H
#define LA_DEGRADE_ANTAGONIST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "placement.h"

enum la_nuisance { LA_NO_NUISANCE, LA_PREEMPT, LA_SIGNAL, LA_MIGRATE, LA_NR_NUISANCES };

enum { LA_PREEMPT_NS = 20 * 1000 };

/* "none", "preempt", "signal", "migrate"; NULL past the last. */
const char *la_nuisance_name(enum la_nuisance nuisance);

struct la_antagonist_setting {
    enum la_nuisance nuisance;
    double rate; /* events per second and thread */
    const struct la_placement *placement;
    const pid_t *threads; /* one for each CPU of the placement */
};

/* One at a time. NULL, or why it could not be started, in one line. */
const char *la_antagonist_start(const struct la_antagonist_setting *next);
void la_antagonist_stop(void);

/* Events so far, of all threads together. */
uint64_t la_antagonist_events(void);

/* Whether its threads have real-time priority. */
bool la_antagonist_is_real_time(void);

#endif

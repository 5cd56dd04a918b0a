/* SPDX-License-Identifier: MIT */
/*
 * child_process.h: what a process that runs scenarios for another has to do, and the one that waits
 * for it: between apart.c, a process for each run, and series.c, one for many.
 */
#ifndef LOOKASIDE_STRESS_CHILD_PROCESS_H
#define LOOKASIDE_STRESS_CHILD_PROCESS_H

#include <sys/types.h>

#include "stress.h"

/* In the child, first: a hang or the parent's end ends it, a terminal's interruption does not. */
void stress_child_begin(void);

/* Waits until there is something to read. An interruption is passed on to the child, once: the run
 * ends early, and is checked as usual. False if that takes grace_s seconds longer than the run was
 * to take: where its threads are is then told on standard error, and the child killed. Time in
 * which the machine, or this process, stood still does not count. */
bool stress_child_wait(int from_child, pid_t pid, const struct stress_options *options,
                       unsigned grace_s);

/* Reads so many bytes; false if not all of them came. */
bool stress_child_receive(int from, void *bytes, size_t size);

/* Waits for its end and removes what it left behind; returns its status, as waitpid() has it. */
int stress_child_reap(pid_t pid);

/* A failure: the child is gone without an outcome, by itself or hung. */
void stress_child_describe_end(int status, bool hung, struct stress_report *report);

#endif

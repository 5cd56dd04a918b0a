/* SPDX-License-Identifier: MIT */
/*
 * request_options.h: the options by which every command that measures contenders is narrowed down:
 * names of strategies (peers, bound lists and arrays among them), allocators and workloads, numbers
 * of threads and sizes. Each takes "a,b" into the request, and returns 0, or an error for argp's
 * parser after one line on stderr: a name that is unknown or stands twice, a number out of range.
 */
#ifndef LOOKASIDE_REQUEST_OPTIONS_H
#define LOOKASIDE_REQUEST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "placement.h"
#include "request.h"

/* The keys of these options for argp, the same in every command. */
enum {
    KEY_STRATEGY = 's',
    KEY_ALLOCATOR = 'a',
    KEY_WORKLOAD = 'w',
    KEY_THREADS = 't',
    KEY_SIZE = 'z',
    KEY_PLACEMENT = 'p',
};

/* Takes any of them; ARGP_ERR_UNKNOWN for another key. argument has to outlive the request. */
int cli_take_request(int key, char *argument, struct la_request *request);

/* "1,2" into at most max_numbers numbers within [min, max], each above the one before; their
 * number, or 0 after complaining of the option, whose numbers are called things. */
size_t cli_rising_numbers(const char *option, const char *things, const char *list, uint64_t min,
                          uint64_t max, uint64_t *numbers, size_t max_numbers);

/* Plans a placement for each number of threads in the request, which is one thread on each CPU if
 * it says nothing. CLI_DONE, or CLI_BAD after complaining. */
int cli_plan_placements(struct la_request *request, struct la_placement *placements);

/* Whether name_at (NULL past the last) has the name; says so otherwise. */
bool cli_known_name(const char *what, const char *name, const char *(*name_at)(size_t index));

#endif

/* SPDX-License-Identifier: MIT */
/*
 * search.h: the highest rate at which a target is kept, by bisection. Knows nothing of contenders:
 * it is told how many windows at a rate kept the target, and says which rate to try next.
 *
 * A window keeps the target or does not; a rate keeps it when more than half of all windows would
 * (so one stall of the machine decides nothing). That is a sign test, looked at up to
 * LA_SEARCH_LOOKS times, each at LA_SEARCH_LEVEL; what it cannot decide within LA_SEARCH_WINDOWS
 * windows stays undecided, and the answer says so.
 */
#ifndef LA_OPENLOOP_SEARCH_H
#define LA_OPENLOOP_SEARCH_H

#include <stdbool.h>

enum la_search_verdict { LA_SEARCH_OPEN, LA_SEARCH_KEPT, LA_SEARCH_MISSED, LA_SEARCH_UNDECIDED };

/* After LA_SEARCH_FIRST windows, and after every further one up to LA_SEARCH_WINDOWS. */
enum { LA_SEARCH_FIRST = 6, LA_SEARCH_WINDOWS = 12 };
#define LA_SEARCH_LEVEL 0.02 /* one-sided, of a single look */
#define LA_SEARCH_RESOLUTION 1.1

/* What nr windows, of which nr_kept kept the target, say of the rate; OPEN: try more. */
enum la_search_verdict la_search_judge(unsigned nr_kept, unsigned nr);

enum la_search_answer {
    LA_SEARCH_FOUND,       /* kept at `kept`, missed at `missed`, and these are close */
    LA_SEARCH_NOT_REACHED, /* missed at the lowest rate already */
    LA_SEARCH_BEYOND,      /* kept at the highest rate that was tried */
    LA_SEARCH_NOT_DECIDED, /* rates in between, or all, were undecided */
    LA_SEARCH_STOPPED,     /* before it had an answer */
};

const char *la_search_answer_name(enum la_search_answer answer);

/* Windows after the search at each rate that it proved: fresh ones, so that what they say is not
 * what made it stop. Comparisons between runs test these. */
enum { LA_SEARCH_CONFIRM = 12 };
struct la_search_tally {
    unsigned nr_windows, nr_kept;
};

struct la_search {
    double lowest, highest;       /* rates that may be tried */
    double kept;                  /* the highest rate that is proven to keep it; 0: none */
    double missed;                /* the lowest that is proven to miss it; 0: none */
    double ceiling;               /* the lowest not proven to keep it; 0: none */
    double rate;                  /* to be tried now; 0: done */
    unsigned nr_windows, nr_kept; /* at that rate */
    unsigned nr_steps;
    struct la_search_tally at_kept, at_missed;
};

/* Between lowest and highest, 0 < lowest <= highest: the highest is tried first. */
struct la_search la_search_begin(double lowest, double highest);

/* One more window at search->rate. */
void la_search_tell(struct la_search *search, bool kept);

bool la_search_done(const struct la_search *search);
enum la_search_answer la_search_answer(const struct la_search *search);

#endif

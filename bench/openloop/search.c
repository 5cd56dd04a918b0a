/* SPDX-License-Identifier: MIT */
/* search.c: see search.h. */
#include "search.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* The chance of so many or more, were either as likely. */
static double at_least(unsigned nr_hits, unsigned nr)
{
    return nr_hits == 0 ? 1 : gsl_cdf_binomial_Q(nr_hits - 1, 0.5, nr);
}

enum la_search_verdict la_search_judge(unsigned nr_kept, unsigned nr)
{
    if (nr < LA_SEARCH_FIRST)
        return LA_SEARCH_OPEN;
    if (at_least(nr_kept, nr) <= LA_SEARCH_LEVEL)
        return LA_SEARCH_KEPT;
    if (at_least(nr - nr_kept, nr) <= LA_SEARCH_LEVEL)
        return LA_SEARCH_MISSED;
    return nr < LA_SEARCH_WINDOWS ? LA_SEARCH_OPEN : LA_SEARCH_UNDECIDED;
}

const char *la_search_answer_name(enum la_search_answer answer)
{
    static const char *const names[] = {
        [LA_SEARCH_FOUND] = "found",         [LA_SEARCH_NOT_REACHED] = "not reached",
        [LA_SEARCH_BEYOND] = "beyond",       [LA_SEARCH_NOT_DECIDED] = "not decided",
        [LA_SEARCH_STOPPED] = "interrupted",
    };

    return names[answer];
}

struct la_search la_search_begin(double lowest, double highest)
{
    return (struct la_search){.lowest = lowest, .highest = highest, .rate = highest};
}

/* Between what is proven and what is not; the lowest rate where nothing is proven yet. */
static double next_rate(const struct la_search *search)
{
    if (search->ceiling == 0 || search->ceiling <= search->lowest)
        return 0;
    if (search->kept == 0)
        return search->nr_steps == 1 ? search->lowest : 0;
    if (search->ceiling / search->kept <= LA_SEARCH_RESOLUTION)
        return 0;
    return sqrt(search->kept * search->ceiling);
}

static void note(struct la_search *search, enum la_search_verdict verdict)
{
    if (verdict == LA_SEARCH_KEPT) {
        search->kept = fmax(search->kept, search->rate);
        return;
    }
    if (search->ceiling == 0 || search->rate < search->ceiling)
        search->ceiling = search->rate;
    if (verdict == LA_SEARCH_MISSED && (search->missed == 0 || search->rate < search->missed))
        search->missed = search->rate;
}

void la_search_tell(struct la_search *search, bool kept)
{
    enum la_search_verdict verdict;

    search->nr_windows++;
    search->nr_kept += kept;
    verdict = la_search_judge(search->nr_kept, search->nr_windows);
    if (verdict == LA_SEARCH_OPEN)
        return;
    note(search, verdict);
    search->nr_steps++;
    search->nr_windows = search->nr_kept = 0;
    search->rate = next_rate(search);
}

bool la_search_done(const struct la_search *search)
{
    return search->rate == 0;
}

enum la_search_answer la_search_answer(const struct la_search *search)
{
    if (!la_search_done(search))
        return LA_SEARCH_STOPPED;
    if (search->ceiling == 0)
        return LA_SEARCH_BEYOND;
    if (search->kept == 0)
        return search->missed > 0 && search->missed <= search->lowest ? LA_SEARCH_NOT_REACHED
                                                                      : LA_SEARCH_NOT_DECIDED;
    if (search->missed > 0 && search->missed / search->kept <= LA_SEARCH_RESOLUTION)
        return LA_SEARCH_FOUND;
    return LA_SEARCH_NOT_DECIDED;
}

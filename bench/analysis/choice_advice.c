/* SPDX-License-Identifier: MIT */
/*
 * choice_advice.c: from a choice to what to do about it; see choice.h.
 */
#include <math.h>
#include <string.h>

#include "choice.h"

static bool tied_with_plain(const struct la_choice *choice)
{
    for (size_t i = 1; i < choice->nr_ranked; i++) {
        if (choice->standings[i].tied && choice->standings[i].role == LA_ROLE_PLAIN)
            return true;
    }
    return false;
}

static bool is_baseline(const struct la_choice *choice, const struct la_standing *standing)
{
    return strcmp(choice->scope->run->contenders[standing->contender], LA_BASELINE) == 0;
}

/* Whether it is shown that nothing gains as much as is asked for. */
static bool none_gains_enough(const struct la_choice *choice)
{
    for (size_t i = 0; i < choice->nr_ranked; i++) {
        if (!is_baseline(choice, &choice->standings[i]) &&
            !(choice->standings[i].ratio.high <= choice->worth))
            return false;
    }
    return true;
}

enum la_advice la_choice_advice(const struct la_choice *choice)
{
    const struct la_standing *leader = la_choice_leader(choice);

    if (choice->nr_blocks < LA_MIN_BLOCKS || isnan(choice->half_width))
        return LA_ADVICE_NONE;
    if (!leader)
        return choice->baseline_ranked ? LA_ADVICE_KEEP : LA_ADVICE_UNQUALIFIED;
    if (choice->baseline_ranked && !(is_baseline(choice, leader) && choice->has_winner)) {
        if (none_gains_enough(choice))
            return LA_ADVICE_NOT_WORTH;
        if (leader->judgement.verdict != LA_BETTER)
            return leader->judgement.verdict == LA_UNDECIDED &&
                           leader->judgement.reason != LA_REASON_NOISE
                       ? LA_ADVICE_NONE
                       : LA_ADVICE_KEEP;
        if (!(leader->ratio.low > choice->worth))
            return LA_ADVICE_GAIN_OPEN;
    }
    if (is_baseline(choice, leader))
        return LA_ADVICE_KEEP;
    if (leader->role == LA_ROLE_PLAIN)
        return choice->has_winner ? LA_ADVICE_OTHER_MALLOC : LA_ADVICE_MALLOC_TIED;
    if (choice->has_winner)
        return LA_ADVICE_ADOPT;
    return tied_with_plain(choice) ? LA_ADVICE_MALLOC_TIED : LA_ADVICE_ADOPT_ANY;
}

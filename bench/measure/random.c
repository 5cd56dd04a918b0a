/* SPDX-License-Identifier: MIT */
/* random.c: see random.h. */
#include "random.h"

/* Inside out: each element goes to a random place among those before it. */
void la_random_permutation(struct la_random *random, size_t *order, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        size_t place = la_random_below(random, i + 1);

        order[i] = order[place];
        order[place] = i;
    }
}

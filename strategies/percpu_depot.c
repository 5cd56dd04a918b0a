/* SPDX-License-Identifier: MIT */
/* percpu_depot.c: room in the depots. See percpu_depot.h. */
#include "percpu_depot.h"

#include <errno.h>
#include <stdlib.h>

#include "percpu.h"

/* Puts a larger array in place of the depot's, whose old one is returned. */
static void **exchange_slots(struct percpu_depot *depot, void **larger, uint32_t room)
{
    void **smaller;

    (void)percpu_begin();
    LA_INJECT(555);
    la_spin_lock(&depot->lock);
    smaller = depot->slots;
    if (smaller)
        memcpy(larger, smaller, percpu_depot_entries(depot) * sizeof *larger);
    depot->slots = larger;
    LA_INJECT(556);
    depot->room = room;
    la_spin_unlock(&depot->lock);
    percpu_end();
    return smaller;
}

/* All arrays before the first exchange, so that a failure changes nothing. */
int percpu_depots_make_room(struct percpu_state *state, uint32_t limit)
{
    void ***larger;
    uint32_t nr = 0;

    if (state->depot.slots && limit <= state->depot.room)
        return 0;
    larger = malloc(state->nr_depots * sizeof *larger);
    while (larger && nr < state->nr_depots &&
           (larger[nr] = malloc(((size_t)limit + 1) * sizeof **larger)))
        nr++;
    if (nr < state->nr_depots) {
        while (nr-- > 0)
            free(larger[nr]);
        free(larger);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < nr; i++)
        free(exchange_slots(percpu_depot_at(state, i), larger[i], limit));
    free(larger);
    return 0;
}

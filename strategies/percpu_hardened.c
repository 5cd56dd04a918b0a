/* SPDX-License-Identifier: MIT */
/*
 * percpu_hardened.c: what hardened lists (LOOKASIDE_HARDENED) do when a guarded section did not
 * keep an entry. Whether it is none, or the slab was full, is looked at again with the slab alone,
 * as by then the thread may be elsewhere.
 */
#include "finding.h"
#include "percpu.h"

LA_COLD bool percpu_refuses(struct lookaside *list, void *entry)
{
    bool refused = (uintptr_t)entry % sizeof(void *) != 0;
    struct percpu_cpu *cpu;

    /* A handler that may not wait lets it pass. */
    if (!refused && percpu_begin()) {
        cpu = percpu_enter(la_state(list));
        refused = la_slab_refuses(cpu->slab, entry);
        percpu_leave(cpu);
        percpu_end();
    }
    if (refused)
        la_finding_refused(list, entry);
    return refused;
}

LA_COLD void percpu_give_hardened_slow(struct lookaside *list, void *entry,
                                       const struct la_slab *seen)
{
    if (!percpu_refuses(list, entry) && !percpu_push_slow(list, entry, seen))
        lookaside_free_miss(list, entry);
}

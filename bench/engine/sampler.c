/* SPDX-License-Identifier: MIT */
/* sampler.c: see sampler.h. */
#include "sampler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "clock.h"
#include "interference.h"
#include "schedule.h"
#include "wire.h"

/* Kept to the end, and touched, so that it is there. Volatile: nobody reads it, and it has to be
 * made all the same. */
static char *volatile heap_offset;

bool la_sampler_settle(uint64_t run_seed, unsigned process)
{
    const struct la_process_luck luck = la_schedule_process(run_seed, process);

    char *offset = malloc(luck.heap_offset_bytes + 1u);

    if (offset)
        memset(offset, 1, luck.heap_offset_bytes + 1u);
    heap_offset = offset;
    return offset != NULL;
}

bool la_sampler_answer(enum la_answer_kind kind, size_t nr_cells, size_t measured, const char *why)
{
    struct la_answer answer = {.kind = kind, .nr_cells = nr_cells, .measured = measured};

    snprintf(answer.why, sizeof answer.why, "%s", why);
    return la_wire_send(LA_SAMPLER_SOCKET, &answer, sizeof answer);
}

static bool send_turn(void *context, const struct la_turn *turn)
{
    (void)context;
    return la_sampler_answer(LA_ANSWER_TURN, 0, 0, "") &&
           la_wire_send(LA_SAMPLER_SOCKET, turn, sizeof *turn);
}

static bool carry_out(struct la_plan *plan, const struct la_order *order, uint64_t run_seed,
                      uint64_t process_seed)
{
    static const struct la_block_hooks hooks = {.turn = send_turn};
    const struct la_block_place place = {.group = order->group,
                                         .block = order->block,
                                         .stage = order->stage,
                                         .run_seed = run_seed,
                                         .process_seed = process_seed};
    const char *why;
    const size_t measured = la_block_run(plan, &place, &hooks, &why);

    if (why)
        return la_sampler_answer(LA_ANSWER_FAILED, 0, 0, why);
    return la_sampler_answer(LA_ANSWER_BLOCK, 0, measured, "");
}

bool la_sampler_serve(struct la_plan *plan, uint64_t run_seed, unsigned process)
{
    const struct la_process_luck luck = la_schedule_process(run_seed, process);
    struct la_interference first;
    struct la_order order;

    for (size_t i = 0; i < plan->nr_groups; i++)
        la_schedule_cpus(luck.seed, plan->groups[i].placement.cpu,
                         plan->groups[i].placement.nr_threads);
    la_clock_init();
    la_interference_read(NULL, 0, &first); /* its pages are nobody's growth from now on */
    if (!la_sampler_answer(LA_ANSWER_READY, plan->nr_cells, 0, ""))
        return false;
    while (la_wire_receive(LA_SAMPLER_SOCKET, &order, sizeof order) &&
           order.group < plan->nr_groups) {
        if (!carry_out(plan, &order, run_seed, luck.seed))
            break;
    }
    return true;
}

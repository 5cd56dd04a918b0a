/* SPDX-License-Identifier: MIT */
/*
 * api.c: a target: bytes are a program of calls on four lists by three threads that take turns.
 *
 * A program is a row of steps. The first byte of a step says what to do (low four bits), with which
 * list (two bits) and by which thread (two bits; 0 and 3 are the main thread); the bytes after it,
 * as many as the step wants, say how. After each step every counter of every list is compared with
 * what api_list.h knows. The very first byte of the program says how it ends.
 */
#include "api_actor.h"
#include "api_list.h"

enum { MOST_STEPS = 1000, NS_PER_STEP = 10000000 };

enum end { FREE_FIRST = 1, ACTORS_FIRST = 2 };

struct step {
    uint8_t what;
    struct api_list *list;
    struct fuzz_bytes *bytes;
};

static uint64_t now_ns;

static uint64_t tell_time(void)
{
    return now_ns;
}

static uint32_t depth_of(uint8_t byte)
{
    static const uint32_t far[] = {LOOKASIDE_DEPTH_LIMIT + 1, UINT32_MAX, 1000, 4096, 257, 300};

    return byte < 250 ? byte : far[byte - 250];
}

static void configure(const struct step *step)
{
    const uint8_t how = fuzz_byte(step->bytes);

    if (how & 0x80)
        api_init_badly(step->list, how & 0x7F);
    else
        lookaside_set_default_strategy(lookaside_strategy_at(how % 8)); /* NULL past the last */
}

static void routines(const struct step *step)
{
    const uint8_t how = fuzz_byte(step->bytes);

    step->list->visit = how % NR_VISITS;
    step->list->fail_next = how >> 4;
}

static void tick(const struct step *step)
{
    now_ns += (uint64_t)fuzz_byte(step->bytes) * NS_PER_STEP;
    api_tick();
}

/* What runs on an actor's thread. */
static void run_step(void *context)
{
    const struct step *step = context;

    switch (step->what) {
    case 0:
        api_init(step->list, step->bytes);
        break;
    case 1:
    case 2:
        api_alloc(step->list, 1, false);
        break;
    case 3:
        api_free(step->list, 1, false, 0);
        break;
    case 4:
        api_free(step->list, 1, false, fuzz_byte(step->bytes));
        break;
    case 5:
        api_alloc(step->list, fuzz_byte(step->bytes) % (MOST_BULK + 1), true);
        break;
    case 6:
        api_free(step->list, fuzz_byte(step->bytes) % (MOST_BULK + 1), true, 0);
        break;
    case 7:
        api_trim(step->list, 0);
        break;
    case 8:
        api_trim(step->list, fuzz_byte(step->bytes));
        break;
    case 9:
        api_set_depth(step->list, depth_of(fuzz_byte(step->bytes)));
        break;
    case 10:
        tick(step);
        break;
    case 11:
        api_fini(step->list);
        break;
    case 12:
        api_thread_exit(step->list);
        break;
    case 13:
        api_walk();
        break;
    case 14:
        routines(step);
        break;
    default:
        configure(step);
    }
}

/* Ends an actor's thread, or takes the main thread to another CPU. */
static void move(unsigned actor, uint8_t how)
{
    if (actor != 0) {
        actor_end(actor);
        return;
    }
    actor_bind(how);
    api_not_alone();
}

static void run_next(struct fuzz_bytes *bytes)
{
    const uint8_t byte = fuzz_byte(bytes);
    struct step step = {byte & 15, &api_lists[byte >> 4 & 3], bytes};

    api_actor = (byte >> 6) % NR_ACTORS;
    if (step.what == 13 && bytes->at < bytes->end && *bytes->at & 0x80)
        move(api_actor, fuzz_byte(bytes));
    else
        actor_run(api_actor, run_step, &step);
    for (size_t i = 0; i < NR_LISTS; i++)
        api_check(&api_lists[i]);
}

static void end_actors(void)
{
    for (unsigned i = 1; i < NR_ACTORS; i++)
        actor_end(i);
}

static void end(uint8_t how)
{
    api_actor = 0;
    if (how & ACTORS_FIRST)
        end_actors();
    for (size_t i = 0; i < NR_LISTS; i++) {
        struct api_list *list = &api_lists[i];

        while (how & FREE_FIRST && list->live && list->nr_out > 0)
            api_free(list, 1, false, 0);
        api_check(list);
        api_fini(list);
    }
    end_actors();
    api_walk();
    lookaside_set_default_strategy(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    actor_setup();
    lookaside_set_clock(tell_time);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_bytes program = {bytes, bytes + size};
    const uint8_t how = fuzz_byte(&program);

    now_ns = 0;
    for (unsigned i = 0; i < MOST_STEPS && program.at < program.end; i++)
        run_next(&program);
    end(how);
    return 0;
}

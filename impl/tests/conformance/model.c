/* SPDX-License-Identifier: MIT */
/*
 * model.c: for a lone thread a list is a stack of limited height and nothing else. Random walks
 * over all the calls, checked against such a stack step by step: which entry comes out, which one
 * is refused, which ones a flush releases and in what order, and every counter at the end.
 */
#include "conformance.h"

#include <string.h>

#include "probe.h"

enum { STEPS = 4000, MOST_OUT = 1200, MAX_BULK = 40 };

struct model {
    void *stack[1024]; /* what the list must hold, newest last */
    uint32_t held, depth;
    void *out[MOST_OUT]; /* what the caller has */
    uint32_t nr_out;
    uint64_t allocates, misses, frees, refused, released;
};

static struct probe probe;
static struct model model;

static void model_allocated(void *entry)
{
    model.allocates++;
    if (model.held > 0)
        assert_ptr_equal(entry, model.stack[--model.held]);
    else
        model.misses++;
    model.out[model.nr_out++] = entry;
    assert_int_equal(probe.nr_allocates, model.misses);
}

static void model_freed(void *entry)
{
    model.frees++;
    if (model.held < model.depth)
        model.stack[model.held++] = entry;
    else
        model.refused++;
}

static void *any_out(uint64_t *seed)
{
    uint32_t i = probe_random(seed) % model.nr_out;
    void *entry = model.out[i];

    model.out[i] = model.out[--model.nr_out];
    return entry;
}

static void step_alloc(uint64_t *seed)
{
    (void)seed;
    model_allocated(lookaside_alloc(&probe.list));
}

static void step_free(uint64_t *seed)
{
    void *entry;

    if (model.nr_out == 0)
        return;
    entry = any_out(seed);
    model_freed(entry);
    lookaside_free(&probe.list, entry);
    assert_int_equal(probe.nr_frees, model.refused + model.released);
}

static void step_alloc_bulk(uint64_t *seed)
{
    void *entries[MAX_BULK];
    size_t nr = probe_random(seed) % MAX_BULK;
    uint64_t misses = model.misses + (nr > model.held ? nr - model.held : 0);

    assert_int_equal(lookaside_alloc_bulk(&probe.list, entries, nr), nr);
    assert_int_equal(probe.nr_allocates, misses);
    model.misses = misses;
    model.allocates += nr;
    for (size_t i = 0; i < nr; i++) {
        if (model.held > 0)
            assert_ptr_equal(entries[i], model.stack[--model.held]);
        model.out[model.nr_out++] = entries[i];
    }
}

static void step_free_bulk(uint64_t *seed)
{
    void *entries[MAX_BULK];
    size_t nr = probe_random(seed) % MAX_BULK;

    nr = nr < model.nr_out ? nr : model.nr_out;
    for (size_t i = 0; i < nr; i++)
        model_freed(entries[i] = any_out(seed));
    lookaside_free_bulk(&probe.list, entries, nr);
    assert_int_equal(probe.nr_frees, model.refused + model.released);
}

static void step_flush(uint64_t *seed)
{
    if (probe_random(seed) % 16 != 0)
        return;
    probe.nr_frees = 0;
    assert_int_equal(lookaside_flush(&probe.list), model.held);
    assert_int_equal(probe.nr_frees, model.held);
    for (uint32_t i = 0; i < model.held; i++)
        assert_ptr_equal(probe.freed[i], model.stack[model.held - 1 - i]);
    model.released += model.held;
    model.held = 0;
    probe.nr_frees = (unsigned)(model.refused + model.released);
}

/* A trim says only how many stay, so the model starts over from an empty list. */
static void step_trim(uint64_t *seed)
{
    uint32_t keep = probe_random(seed) % (model.depth + 2), stay;

    if (probe_random(seed) % 16 != 0)
        return;
    stay = keep < model.held ? keep : model.held;
    assert_int_equal(lookaside_trim(&probe.list, keep), model.held - stay);
    assert_int_equal(probe_held(&probe), stay);
    assert_int_equal(lookaside_flush(&probe.list), stay);
    model.released += model.held;
    model.held = 0;
    assert_int_equal(probe.nr_frees, model.refused + model.released);
}

static void check_counters(void)
{
    struct lookaside_stats stats = probe_stats(&probe);

    assert_int_equal(stats.held, model.held);
    assert_int_equal(stats.total_allocates, model.allocates);
    assert_int_equal(stats.allocate_misses, model.misses);
    assert_int_equal(stats.total_frees, model.frees);
    assert_int_equal(stats.free_misses, model.refused);
    assert_int_equal(stats.released, model.released);
}

typedef void step_fn(uint64_t *seed);

static void walk(uint32_t depth, step_fn *const *steps, size_t nr_steps, uint64_t seed)
{
    probe_init(&probe, depth);
    memset(&model, 0, sizeof model);
    model.depth = kept_of(depth);
    for (int i = 0; i < STEPS; i++) {
        /* Tides, so that the list runs both full and empty. */
        bool rising = (i / 512) % 2 == 0;
        uint32_t which = probe_random(&seed) % nr_steps;

        if (model.nr_out > MOST_OUT - 2 * MAX_BULK || (!rising && which % 2 == 0 && i % 3 != 0))
            which |= 1;
        steps[which](&seed);
    }
    check_counters();
    while (model.nr_out > 0)
        step_free(&seed);
    check_counters();
    probe_fini(&probe, 0);
}

/* Even places take, odd places give. */
static void c14_c22_random_walk_is_a_bounded_stack(void **state)
{
    static step_fn *const steps[] = {step_alloc, step_free};

    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        walk(probe_depths[i], steps, 2, 0x9E3779B97F4A7C15u + i);
}

static void c14_c28_random_walk_over_all_calls(void **state)
{
    static step_fn *const steps[] = {step_alloc,      step_free,  step_alloc,      step_free,
                                     step_alloc_bulk, step_flush, step_alloc_bulk, step_free_bulk,
                                     step_alloc_bulk, step_trim,  step_alloc,      step_free_bulk};

    (void)state;
    for (size_t i = 0; i < probe_nr_depths; i++)
        walk(probe_depths[i], steps, sizeof steps / sizeof *steps, 0xD1B54A32D192ED03u + i);
}

static const struct CMUnitTest tests[] = {
    LONE(c14_c22_random_walk_is_a_bounded_stack),
    LONE(c14_c28_random_walk_over_all_calls),
};
CLAUSE_GROUP(model, tests);

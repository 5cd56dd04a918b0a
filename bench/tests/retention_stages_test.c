/* SPDX-License-Identifier: MIT */
/*
 * retention_stages_test.c: that a list's own bytes are told of the stage in which it had them: by a
 * strategy that takes another amount at every event which only one stage has.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "retention_files.h"
#include "stub.h"

/* Each is more than all before it and what surrounds them, and below what malloc() maps apart. */
enum { WHEN_FULL = 16 << 10, AT_A_TICK = 32 << 10, WHEN_EMPTIED = 64 << 10, AROUND = 4 << 10 };

/* With room for the longest burst, the peak alone fills the list. */
enum { SIZE = 64, LONGEST = 50, DEPTH = 200, PEAK = 1000 };

static void *when_full, *at_a_tick, *when_emptied;

static void take_once(void **memory, size_t size)
{
    if (!*memory)
        *memory = malloc(size);
    assert_non_null(*memory);
}

static bool growing_push(struct lookaside *list, void *entry)
{
    const bool kept = stub_push(list, entry);

    if (!kept)
        take_once(&when_full, WHEN_FULL);
    return kept;
}

static void growing_tick(struct lookaside *list)
{
    (void)list;
    take_once(&at_a_tick, AT_A_TICK);
}

static void *growing_drain(struct lookaside *list, size_t keep)
{
    if (keep == 0)
        take_once(&when_emptied, WHEN_EMPTIED);
    return stub_drain(list, keep);
}

static void growing_fini(struct lookaside *list)
{
    stub_fini(list);
    free(when_full);
    free(at_a_tick);
    free(when_emptied);
    when_full = at_a_tick = when_emptied = NULL;
}

/* --- a run with it --- */

static void no_progress(double done_s, const char *cell)
{
    (void)done_s;
    (void)cell;
}

static bool not_interrupted(void)
{
    return false;
}

static struct lookaside_strategy growing;
static struct la_placement placement;
static struct la_contender contenders[3];
static const uint32_t depth = DEPTH;
static const struct la_retention_plan plan = {.contenders = contenders,
                                              .nr_contenders = 3,
                                              .depths = &depth,
                                              .nr_depths = 1,
                                              .setting = {.size = SIZE,
                                                          .placement = &placement,
                                                          .longest = LONGEST,
                                                          .peak = PEAK,
                                                          .warmup_ns = 1000000,
                                                          .window_ns = 5000000},
                                              .blocks = 1,
                                              .seed = 5};
static struct la_retention_outcome outcome;

static void make_contenders(void)
{
    const struct la_allocator *glibc = la_allocator_find("glibc");
    const char *why;

    growing = stub_strategy;
    growing.name = "growing";
    growing.push = growing_push;
    growing.tick = growing_tick;
    growing.drain = growing_drain;
    growing.fini = growing_fini;
    assert_true(la_contender_make(&contenders[0], LA_ROLE_MALLOC, NULL, glibc, &why));
    assert_true(la_contender_make(&contenders[1], LA_ROLE_TWIN, NULL, glibc, &why));
    assert_true(la_contender_make(&contenders[2], LA_ROLE_LIST, &growing, glibc, &why));
}

static int set_up(void **state)
{
    const struct la_retention_hooks hooks = {.progress = no_progress,
                                             .interrupted = not_interrupted};
    struct la_topology *topology;
    const char *why = "";

    (void)state;
    topology = la_topology_load(NULL, NULL, &why);
    assert_non_null(topology);
    assert_int_equal(la_placement_plan(topology, "compact", 1, false, &placement, &why), 0);
    la_topology_free(topology);
    make_contenders();
    if (la_retention_run(&plan, &hooks, &outcome, &why))
        fail_msg("%s", why);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    la_retention_outcome_fini(&outcome);
    return 0;
}

/* --- what is told --- */

static const struct la_retention_cell *cell(void)
{
    return &outcome.cells[outcome.nr_cells - 1];
}

static void each_stage_has_what_was_taken_by_then(void **state)
{
    static const double taken[LA_NR_STAGES] = {
        [LA_STAGE_BUSY] = 0,
        [LA_STAGE_PEAK] = WHEN_FULL,
        [LA_STAGE_IDLE] = WHEN_FULL + AT_A_TICK,
        [LA_STAGE_TRIM] = WHEN_FULL + AT_A_TICK + WHEN_EMPTIED,
        [LA_STAGE_PURGE] = WHEN_FULL + AT_A_TICK + WHEN_EMPTIED,
    };

    (void)state;
    assert_string_equal(cell()->contender->name, "growing+glibc");
    for (int i = 0; i < LA_NR_STAGES; i++) {
        const double told = cell()->metadata_bytes[i] - (double)sizeof(struct lookaside);

        if (!(told > taken[i] && told < taken[i] + AROUND))
            fail_msg("%s: %.0f bytes, of which %.0f are known", la_stage_name((enum la_stage)i),
                     told, taken[i]);
    }
}

static void json_tells_them_by_name(void **state)
{
    static const char *const names[] = {"busy", "peak", "idle", "trim", "purge"};
    json_t *object = la_retention_json(&plan, &outcome), *told, *after;

    (void)state;
    told = json_array_get(json_object_get(object, "cells"), outcome.nr_cells - 1);
    after = json_object_get(told, "slab_bytes_after");
    for (int i = 0; i < LA_NR_STAGES; i++)
        assert_true(json_real_value(json_object_get(after, names[i])) == cell()->metadata_bytes[i]);
    assert_true(json_real_value(json_object_get(told, "slab_bytes")) ==
                cell()->metadata_bytes[LA_STAGE_BUSY]);
    json_decref(object);
}

/* The stage that a line of the table names, and what it says under slab_bytes; false: of another
 * cell. */
static bool line_tells(const char *line, char stage[8], double *bytes)
{
    return sscanf(line, "%*s growing+glibc %*u %7s %*f %*d %*d %lf", stage, bytes) == 2;
}

static void lines_tell_those_of_their_stage(void **state)
{
    char *text = NULL, stage[8];
    size_t size, nr_told = 0;
    double bytes;
    FILE *stream = open_memstream(&text, &size);

    (void)state;
    assert_non_null(stream);
    la_retention_tsv_write(stream, &outcome);
    fclose(stream);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (!line_tells(line, stage, &bytes))
            continue;
        assert_string_equal(stage, la_stage_name(cell()->shown.glances[nr_told].stage));
        assert_true(bytes == cell()->metadata_bytes[cell()->shown.glances[nr_told++].stage]);
    }
    assert_int_equal(nr_told, cell()->shown.nr_glances);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stage_has_what_was_taken_by_then),
        cmocka_unit_test(json_tells_them_by_name),
        cmocka_unit_test(lines_tell_those_of_their_stage),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

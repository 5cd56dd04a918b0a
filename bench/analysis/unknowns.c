/* SPDX-License-Identifier: MIT */
/*
 * unknowns.c: see unknowns.h.
 */
#include "unknowns.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_list.h"
#include "memory.h"

static void tell(struct la_unknowns *unknowns, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(struct la_unknowns *unknowns, const char *format, ...)
{
    va_list arguments;

    if (unknowns->nr_lines == LA_UNKNOWNS_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(unknowns->lines[unknowns->nr_lines++], LA_UNKNOWN_SIZE, format, arguments);
    va_end(arguments);
}

/* --- what was measured, as a list --- */

typedef const char *name_of_fn(const struct la_map_cell *cell, char *text);

static const char *size_name(const struct la_map_cell *cell, char *text)
{
    snprintf(text, LA_NAME_SIZE, "%llu", (unsigned long long)cell->group->size_bytes);
    return text;
}

static const char *depth_name(const struct la_map_cell *cell, char *text)
{
    snprintf(text, LA_NAME_SIZE, "%s", cell->group->depth);
    return text;
}

static const char *class_name(const struct la_map_cell *cell, char *text)
{
    return la_workload_class(cell->group->workload, text);
}

static bool is_number(const char *name)
{
    return *name && !name[strspn(name, "0123456789")];
}

/* Numbers in ascending order, before all else; what is no number stays as it comes. */
static bool stands_before(const char *name, const char *other)
{
    return is_number(name) &&
           (!is_number(other) || strtoull(name, NULL, 10) < strtoull(other, NULL, 10));
}

/* Unless it is there. */
static size_t insert(char (*names)[LA_NAME_SIZE], size_t nr, const char *name)
{
    size_t at = nr;

    for (size_t i = 0; i < nr; i++) {
        if (strcmp(names[i], name) == 0)
            return nr;
    }
    while (at > 0 && stands_before(name, names[at - 1]))
        at--;
    memmove(names[at + 1], names[at], (nr - at) * sizeof *names);
    strcpy(names[at], name);
    return nr + 1;
}

/* "64, 256 and 1024": distinct names. Returns text. */
static const char *list_of(const struct la_map *map, name_of_fn *name_of, char *text, size_t size)
{
    char(*names)[LA_NAME_SIZE] = la_new_array(map->nr_cells, sizeof *names);
    size_t nr = 0, used = 0;

    for (size_t i = 0; i < map->nr_cells; i++) {
        char name[LA_NAME_SIZE];

        nr = insert(names, nr, name_of(&map->cells[i], name));
    }
    *text = '\0';
    for (size_t i = 0; i < nr && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i == 0        ? ""
                                 : i + 1 == nr ? " and "
                                               : ", ",
                                 names[i]);
    free(names);
    return text;
}

static void tell_ranges(struct la_unknowns *unknowns, const struct la_map *map)
{
    char text[LA_UNKNOWN_SIZE / 2];

    tell(unknowns, "Object sizes other than %s bytes.", list_of(map, size_name, text, sizeof text));
    tell(unknowns,
         "Limits of lists other than a depth of %s; which depth is best (lookaside memory sweeps "
         "it).",
         list_of(map, depth_name, text, sizeof text));
    tell(unknowns, "Programs that allocate unlike %s.",
         list_of(map, class_name, text, sizeof text));
}

/* --- threads --- */

static void tell_threads(struct la_unknowns *unknowns, const struct la_map *map,
                         const json_t *machine)
{
    const unsigned cpus =
        la_cpu_list_count(json_string_value(json_object_get(machine, "online_cpus")));
    uint32_t most = 0;
    bool shared = false;

    for (size_t i = 0; i < map->nr_cells; i++) {
        const struct la_run_group *group = map->cells[i].group;

        most = group->threads > most ? group->threads : most;
        shared |= strcmp(group->placement, "oversubscribed") == 0;
    }
    if (cpus > most)
        tell(unknowns, "More than %u thread%s, though the machine has %u CPUs.", most,
             most == 1 ? "" : "s", cpus);
    else
        tell(unknowns, "More than %u thread%s.", most, most == 1 ? "" : "s");
    if (!shared)
        tell(unknowns, "Threads that share CPUs (lookaside bench --placement oversubscribed).");
}

/* --- the grid --- */

static void tell_grid(struct la_unknowns *unknowns, const struct la_map *map)
{
    uint32_t most = 0;

    if (!map->has_grid) {
        tell(unknowns, "How the answer depends on the objects held and on the share that another "
                       "thread frees (lookaside bench --suite regime).");
        return;
    }
    for (size_t i = 0; i < map->nr_cells; i++)
        most = map->cells[i].point.hold > most ? map->cells[i].point.hold : most;
    tell(
        unknowns,
        "More than %u objects held by a thread, values between the grid's points, and hand-over in "
        "both directions at once (workload exchange).",
        most);
}

/* --- what was measured and does not tell --- */

static void tell_undecided(struct la_unknowns *unknowns, const struct la_map *map)
{
    size_t nr_open = 0, nr_which = 0, nr_few = 0;

    for (size_t i = 0; i < map->nr_cells; i++) {
        nr_open += map->cells[i].answer == LA_ANSWER_OPEN;
        nr_which +=
            map->cells[i].answer == LA_ANSWER_LISTS || map->cells[i].answer == LA_ANSWER_MALLOCS;
        nr_few += map->cells[i].choice->nr_blocks < LA_MIN_BLOCKS;
    }
    if (nr_open)
        tell(unknowns, "Whether a list or a malloc is better in %zu of %zu cells%s.", nr_open,
             map->nr_cells, nr_few ? ", partly for too few usable blocks" : "");
    if (nr_which)
        tell(unknowns, "Which list, or which malloc, is best in %zu of %zu cells.", nr_which,
             map->nr_cells);
}

static bool lacks_tail(const struct la_map_cell *cell)
{
    const struct la_choice *choice = cell->choice;

    for (size_t i = 0; i < choice->nr_ranked; i++) {
        if (isnan(la_counter_max(choice->scope, LA_P999_NS, choice->standings[i].contender)))
            return true;
    }
    return false;
}

static void tell_tails(struct la_unknowns *unknowns, const struct la_map *map)
{
    const char *operations = la_run_context(map->run, "sample_operations");
    size_t nr = 0;

    for (size_t i = 0; i < map->nr_cells; i++)
        nr += lacks_tail(&map->cells[i]);
    if (nr)
        tell(unknowns,
             "The 99.9th percentile in %zu of %zu cells, at least of some contender: too few "
             "samples.",
             nr, map->nr_cells);
    tell(unknowns,
         "Tails of single operations: percentiles are of means over %.10s operations in a row, in "
         "which a slow one shows at a fraction of its height (lookaside latency times each).",
         operations ? operations : "several");
    tell(unknowns,
         "Response times under a given load: threads here ask as fast as they are served.");
}

static void tell_machine(struct la_unknowns *unknowns, const json_t *manifest)
{
    const json_t *trust =
        json_object_get(json_object_get(json_object_get(manifest, "noise"), "bench"), "trust");
    const char *verdict = json_string_value(json_object_get(trust, "verdict"));
    const char *cpu = json_string_value(
        json_object_get(json_object_get(json_object_get(manifest, "machine"), "cpu"), "name"));

    tell(unknowns, "Other machines than this one (%.100s).", cpu ? cpu : "its CPU is not known");
    if (verdict && strcmp(verdict, "trusted") != 0)
        tell(unknowns, "How far to trust this run: it calls itself %.60s.", verdict);
}

void la_unknowns_make(struct la_unknowns *unknowns, const struct la_map *map,
                      const struct la_choice *overall, const json_t *manifest)
{
    memset(unknowns, 0, sizeof *unknowns);
    if (!isnan(overall->half_width) && overall->half_width > 0)
        tell(unknowns,
             "Differences below %.1f %% over all: plain malloc shows that much against "
             "itself.",
             100 * expm1(overall->half_width));
    tell_undecided(unknowns, map);
    tell_ranges(unknowns, map);
    tell_threads(unknowns, map, json_object_get(manifest, "machine"));
    tell_grid(unknowns, map);
    tell_tails(unknowns, map);
    tell(unknowns,
         "What a malloc keeps for itself: it cannot be seen from outside. What lists keep "
         "is known.");
    tell(unknowns, "What days of use do to a heap: windows are short.");
    tell_machine(unknowns, manifest);
}

/* SPDX-License-Identifier: MIT */
/* api_life.c: see api_list.h. How the API target's lists begin and end. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api_list.h"
#include "api_model.h"
#include "api_routines.h"

enum { NR_BLOCKS = 160, GARBAGE = 0xA5, LARGE = 0xE0 };

/* Small numbers mostly: what is near the bounds is where the work is. */
static uint32_t read_depth(struct fuzz_bytes *bytes)
{
    const uint8_t byte = fuzz_byte(bytes);

    if (byte < LARGE)
        return byte % 40;
    return byte == UINT8_MAX ? LOOKASIDE_DEPTH_LIMIT + 1 : (uint32_t)(byte - LARGE + 1) * 37;
}

/* NULL now and then: the default. */
static const struct lookaside_strategy *read_strategy(struct fuzz_bytes *bytes)
{
    size_t nr = 0;

    while (lookaside_strategy_at(nr))
        nr++;
    return lookaside_strategy_at(fuzz_byte(bytes) % (nr + 1));
}

static const struct lookaside_policy *read_policy(struct fuzz_bytes *bytes)
{
    size_t nr = 0;

    while (lookaside_policy_at(nr))
        nr++;
    return lookaside_policy_at(fuzz_byte(bytes) % (nr + 1));
}

static void read_config(struct lookaside_config *config, struct fuzz_bytes *bytes, bool *unmap)
{
    uint8_t form;

    *config = (struct lookaside_config){.strategy = read_strategy(bytes)};
    config->depth.policy = read_policy(bytes);
    config->depth.initial = read_depth(bytes);
    config->depth.min = read_depth(bytes);
    config->depth.max = read_depth(bytes);
    form = fuzz_byte(bytes);
    config->size = (size_t)(2 + form % 8) * 16;
    *unmap = form & 0x40;
    if (form & 0x80) { /* the C library's routines, and sizes that are rounded */
        config->size = form % 8 * 3;
        config->align = form & 0x40 ? 64 : 0;
        return;
    }
    config->allocate = api_obtain;
    config->free = api_give_back;
}

static void begin(struct api_list *list, const struct lookaside_config *config, bool unmap)
{
    memset((void *)list, 0, sizeof *list);
    memset((void *)&list->list, GARBAGE, sizeof list->list);
    list->plain = !config->allocate;
    list->alone = list->ordered = api_actor == 0;
    if (list->plain)
        return;
    list->oracle = oracle_new(1, NR_BLOCKS, config->size, unmap);
    FUZZ_CHECK(list->oracle, "no memory for an oracle");
}

static void untouched(const struct api_list *list)
{
    const unsigned char *bytes = (const unsigned char *)&list->list;

    for (size_t i = 0; i < sizeof list->list; i++)
        FUZZ_CHECK(bytes[i] == GARBAGE, "an init that failed wrote to byte %zu", i);
}

void api_init(struct api_list *list, struct fuzz_bytes *bytes)
{
    struct lookaside_config config;
    bool unmap, possible;
    int error;

    read_config(&config, bytes, &unmap);
    if (list->live)
        return;
    begin(list, &config, unmap);
    possible = model_depths(&config.depth, list);
    error = lookaside_init(&list->list, &config);
    if (error == -ENOTSUP) /* true of a machine, not of the bytes */
        possible = false;
    else
        FUZZ_CHECK(error == (possible ? 0 : -EINVAL), "init said %d", error);
    if (!possible) {
        untouched(list);
        if (list->oracle)
            oracle_free(list->oracle);
    }
    list->live = possible;
}

void api_init_badly(struct api_list *list, uint8_t defect)
{
    static const struct lookaside_config bad[] = {
        {.size = LOOKASIDE_SIZE_LIMIT + 1},
        {.size = SIZE_MAX},
        {.size = 8, .align = 24},
        {.size = 8, .align = SIZE_MAX},
        {.size = 8, .depth = {.initial = LOOKASIDE_DEPTH_LIMIT + 1}},
        {.size = 8, .depth = {.max = LOOKASIDE_DEPTH_LIMIT + 1}},
        {.size = 8, .depth = {.initial = 8, .min = 9}},
        {.size = 8, .depth = {.initial = 8, .max = 7}},
        {.size = 8, .depth = {.min = UINT32_MAX}},
    };
    const size_t nr = sizeof bad / sizeof *bad;
    const size_t which = defect % (nr + 2);
    char *inside = (char *)&list->list + 8; /* not aligned */

    if (list->live)
        return;
    memset((void *)&list->list, GARBAGE, sizeof list->list);
    if (which < nr)
        FUZZ_CHECK(lookaside_init(&list->list, &bad[which]) == -EINVAL, "bad init %zu taken",
                   which);
    else if (which == nr)
        FUZZ_CHECK(lookaside_init(&list->list, NULL) == -EINVAL, "init without configuration");
    else
        FUZZ_CHECK(lookaside_init((void *)inside, &bad[0]) == -EINVAL, "misaligned init");
    FUZZ_CHECK(lookaside_init(NULL, &bad[0]) == -EINVAL, "init of no list");
    untouched(list);
}

static void check_end(struct api_list *list)
{
    const struct oracle_census census = oracle_count(list->oracle, 0);

    FUZZ_CHECK(oracle_nr_faults(list->oracle) == 0, "%s", oracle_first_fault(list->oracle));
    FUZZ_CHECK(census.owned == list->nr_out && census.held == 0 && census.fresh == 0,
               "after fini %" PRIu64 " blocks are out, not %u, and %" PRIu64 " in the list",
               census.owned, list->nr_out, census.held);
    FUZZ_CHECK(census.obtained == list->obtained && census.released == list->returned,
               "the arena disagrees with the routines");
}

/* Entries that callers hold stay theirs. */
void api_fini(struct api_list *list)
{
    if (!list->live || list->inside)
        return;
    list->leave = &list->released;
    list->flushing = true;
    list->visit = VISIT_NONE;
    lookaside_fini(&list->list);
    list->live = false;
    if (!list->plain) {
        check_end(list);
        oracle_free(list->oracle);
    }
    while (list->plain && list->nr_out > 0)
        free(list->out[--list->nr_out]);
}

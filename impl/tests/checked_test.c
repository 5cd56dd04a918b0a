/* SPDX-License-Identifier: MIT */
/*
 * checked_test.c: what a checked list finds, with every strategy: each mistake is made once and
 * must be told, with the entry and both stacks, and the list must go on; correct use is silent.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "strategy.h"

enum { SIZE = 40, DEPTH = 8, TAG = LOOKASIDE_TAG('C', 'h', 'k', '1') };

static struct lookaside_finding found;
static unsigned nr_found;

static void note(const struct lookaside_finding *finding)
{
    found = *finding;
    nr_found++;
}

static const struct lookaside_strategy *strategy;

static void init_with(struct lookaside *list, struct lookaside_config config)
{
    config.size = config.size ? config.size : SIZE;
    config.tag = TAG;
    config.flags |= LOOKASIDE_CHECKED;
    config.strategy = strategy;
    config.depth.initial = DEPTH;
    nr_found = 0;
    assert_int_equal(lookaside_init(list, &config), 0);
}

static void init(struct lookaside *list)
{
    init_with(list, (struct lookaside_config){0});
}

static void *take(struct lookaside *list)
{
    void *entry = lookaside_alloc(list);

    assert_non_null(entry);
    return entry;
}

/* One finding more than before, of this kind. */
static void check_found(unsigned nr, enum lookaside_finding_kind kind, const void *list)
{
    assert_int_equal(nr_found, nr);
    assert_int_equal(found.kind, kind);
    assert_ptr_equal(found.list, list);
    assert_non_null(found.what);
    assert_true(found.here.nr > 0);
}

static bool keeps(void)
{
    return strcmp(lookaside_strategy_name(strategy), "malloc") != 0;
}

static uint64_t held(struct lookaside *list)
{
    struct lookaside_stats stats;

    lookaside_get_stats(list, &stats);
    return stats.held;
}

static void correct_use_is_silent(void)
{
    static struct lookaside list;
    unsigned char *entries[2 * DEPTH];

    init(&list);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2 * DEPTH; i++)
            memset(entries[i] = take(&list), i, SIZE);
        for (int i = 0; i < 2 * DEPTH; i++) {
            assert_int_equal(entries[i][SIZE - 1], i);
            lookaside_free(&list, entries[i]);
        }
        assert_int_equal(lookaside_alloc_bulk(&list, (void **)entries, 2 * DEPTH), 2 * DEPTH);
        lookaside_free_bulk(&list, (void **)entries, 2 * DEPTH);
        lookaside_trim(&list, 2);
    }
    lookaside_fini(&list);
    assert_int_equal(nr_found, 0);
}

static void double_free_is_found(void)
{
    static struct lookaside list;
    void *entry;

    init(&list);
    entry = take(&list);
    lookaside_free(&list, entry);
    lookaside_free(&list, entry);
    check_found(1, LOOKASIDE_DOUBLE_FREE, &list);
    assert_ptr_equal(found.entry, entry);
    assert_int_equal(found.tag, TAG);
    assert_int_equal(found.size, SIZE);
    assert_true(found.allocated.nr > 0 && found.freed.nr > 0);
    assert_int_equal(held(&list), keeps());
    /* One that was freed in bulk, one that has left. */
    lookaside_flush(&list);
    lookaside_free_bulk(&list, &entry, 1);
    check_found(2, LOOKASIDE_DOUBLE_FREE, &list);
    assert_true(found.freed.nr > 0);
    lookaside_fini(&list);
}

struct other {
    struct lookaside *list;
    void *entry;
};

static void *free_it(void *argument)
{
    struct other *other = argument;

    lookaside_free(other->list, other->entry);
    return NULL;
}

static void in_another_thread(struct lookaside *list, void *entry)
{
    struct other other = {.list = list, .entry = entry};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, free_it, &other), 0);
    pthread_join(thread, NULL);
}

static void double_free_by_two_threads_is_found(void)
{
    static struct lookaside list;
    void *entry;

    init(&list);
    entry = take(&list);
    in_another_thread(&list, entry);
    assert_int_equal(nr_found, 0);
    lookaside_free(&list, entry);
    check_found(1, LOOKASIDE_DOUBLE_FREE, &list);
    in_another_thread(&list, entry);
    check_found(2, LOOKASIDE_DOUBLE_FREE, &list);
    lookaside_fini(&list);
}

static void foreign_entries_are_found(void)
{
    static struct lookaside list, another;
    void *elsewhere = malloc(SIZE);
    unsigned char *entry;

    init(&another);
    init(&list);
    entry = take(&another);
    lookaside_free(&list, entry);
    check_found(1, LOOKASIDE_FOREIGN_ENTRY, &list);
    assert_ptr_equal(found.entry, entry);
    assert_true(found.allocated.nr > 0);
    lookaside_free(&list, entry + 8);
    check_found(2, LOOKASIDE_FOREIGN_ENTRY, &list);
    assert_ptr_equal(found.entry, entry);
    assert_ptr_equal(found.address, entry + 8);
    lookaside_free(&list, elsewhere);
    check_found(3, LOOKASIDE_FOREIGN_ENTRY, &list);
    assert_ptr_equal(found.address, elsewhere);
    lookaside_free(&another, entry);
    lookaside_fini(&list);
    lookaside_fini(&another);
    free(elsewhere);
    assert_int_equal(nr_found, 3);
}

static void adopting_lists_take_foreign_memory(void)
{
    static struct lookaside list;
    void *elsewhere = malloc(SIZE);

    init_with(&list, (struct lookaside_config){.flags = LOOKASIDE_ADOPTS});
    lookaside_free(&list, elsewhere);
    assert_int_equal(nr_found, 0);
    assert_int_equal(held(&list), keeps());
    if (keeps()) {
        lookaside_free(&list, elsewhere);
        check_found(1, LOOKASIDE_DOUBLE_FREE, &list);
        assert_ptr_equal(take(&list), elsewhere);
        lookaside_free(&list, elsewhere);
    }
    lookaside_fini(&list);
}

/* The last byte too, and what a hook lets pass is restored. */
static void writes_after_free_are_found(void)
{
    static struct lookaside list;
    unsigned char *entry;

    if (!keeps())
        return;
    init(&list);
    for (int byte = 0; byte < SIZE; byte += SIZE - 1) {
        memset(entry = take(&list), 7, SIZE);
        lookaside_free(&list, entry);
        LOOKASIDE_UNPOISON(entry, SIZE);
        entry[byte] = 1;
        nr_found = 0;
        assert_ptr_equal(take(&list), entry);
        check_found(1, LOOKASIDE_WRITE_AFTER_FREE, &list);
        assert_ptr_equal(found.entry, entry);
        assert_ptr_equal(found.address, entry + byte);
        assert_true(found.allocated.nr > 0 && found.freed.nr > 0);
        assert_int_equal(entry[byte], 7);
        lookaside_free(&list, entry);
    }
    LOOKASIDE_UNPOISON(entry, SIZE);
    entry[8] = 1;
    lookaside_flush(&list);
    check_found(2, LOOKASIDE_WRITE_AFTER_FREE, &list);
    lookaside_fini(&list);
}

static size_t told_size;

static void *noting_allocate(struct lookaside *list, size_t size)
{
    (void)list;
    told_size = size;
    return malloc(size);
}

/* One byte behind the entry, found when it is freed, and when it is held and leaves. */
static void check_overruns(struct lookaside *list)
{
    unsigned char *entry = take(list);

    entry[SIZE] = 1;
    lookaside_free(list, entry);
    check_found(1, LOOKASIDE_OVERRUN, list);
    assert_ptr_equal(found.entry, entry);
    assert_ptr_equal(found.address, entry + SIZE);
    if (!keeps())
        return;
    lookaside_flush(list);
    entry = take(list);
    lookaside_free(list, entry);
    entry[SIZE + 1] = 1;
    lookaside_flush(list);
    check_found(2, LOOKASIDE_OVERRUN, list);
    assert_ptr_equal(found.address, entry + SIZE + 1);
}

static void overruns_are_found(void)
{
    static struct lookaside list;

    init(&list);
    check_overruns(&list);
    lookaside_fini(&list);
    init_with(&list,
              (struct lookaside_config){.allocate = noting_allocate, .flags = LOOKASIDE_ROOMY});
    check_overruns(&list);
    assert_true(told_size > SIZE);
    lookaside_fini(&list);
    init_with(&list, (struct lookaside_config){.allocate = noting_allocate});
    lookaside_free(&list, take(&list));
    assert_int_equal(told_size, SIZE);
    lookaside_fini(&list);
}

static void reinit_of_a_live_list_is_found(void)
{
    static struct lookaside list;

    init(&list);
    lookaside_free(&list, take(&list));
    assert_int_equal(lookaside_init(&list, &(struct lookaside_config){.size = 24}), 0);
    check_found(1, LOOKASIDE_REINITIALISED, &list);
    assert_int_equal(found.size, SIZE);
    lookaside_free(&list, take(&list));
    assert_int_equal(lookaside_balance(), 1);
    lookaside_fini(&list);
    assert_int_equal(nr_found, 1);
}

static void fini_of_no_list_is_found(void)
{
    static struct lookaside list;

    init(&list);
    lookaside_fini(&list);
    lookaside_fini(&list);
    check_found(1, LOOKASIDE_NOT_LIVE, &list);
    memset(&list, 0x5A, sizeof list);
    lookaside_fini(&list);
    check_found(2, LOOKASIDE_NOT_LIVE, &list);
}

struct embedding {
    char text[64];
    struct lookaside list;
};

static void freeing_a_live_list_is_found(void)
{
    static struct lookaside list;
    struct embedding *entry;

    init_with(&list, (struct lookaside_config){.size = sizeof *entry, .align = 64});
    entry = take(&list);
    assert_int_equal(lookaside_init(&entry->list, &(struct lookaside_config){.size = 24}), 0);
    lookaside_free(&list, entry);
    check_found(1, LOOKASIDE_FREED_LIST, &entry->list);
    assert_int_equal(found.size, 24);
    LOOKASIDE_UNPOISON(entry, sizeof *entry);
    lookaside_fini(&entry->list);
    lookaside_free(&list, entry);
    assert_int_equal(nr_found, 1);
    lookaside_fini(&list);
}

static void flags_that_do_not_exist_are_refused(void)
{
    static struct lookaside list;

    assert_int_equal(lookaside_init(&list, &(struct lookaside_config){.size = 8, .flags = 64}),
                     -EINVAL);
}

/* The first of a child's two mistakes ends it, after a report. */
static void free_twice(void)
{
    static struct lookaside list;
    void *entry;

    init(&list);
    entry = take(&list);
    lookaside_free(&list, entry);
    lookaside_free(&list, entry);
    _exit(0);
}

static void without_a_hook_it_is_reported_and_ends(void)
{
    struct child child;

    lookaside_set_finding_hook(NULL);
    child = child_run(free_twice);
    assert_true(WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGABRT);
    assert_non_null(strstr(child.said, "lookaside: double free: "));
    assert_non_null(strstr(child.said, "tag 'Chk1', 40 bytes"));
    assert_non_null(strstr(child.said, "found here:"));
    assert_non_null(strstr(child.said, "freed before:"));
    assert_non_null(strstr(child.said, "allocated:"));
    assert_non_null(strstr(child.said, "unit_checked("));
}

static void leave_two_lists(void)
{
    static struct lookaside lists[2];

    init(&lists[0]);
    init(&lists[1]);
}

static void lists_left_alive_are_found_at_exit(void)
{
    struct child child;
    const char *first;

    lookaside_set_finding_hook(NULL);
    child = child_run(leave_two_lists);
    assert_true(WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGABRT);
    first = strstr(child.said, "was not ended");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "was not ended"));
}

static int hook(void **state)
{
    (void)state;
    lookaside_set_finding_hook(note);
    return 0;
}

static void with_each_strategy(void **state)
{
    void (*test)(void);

    memcpy(&test, state, sizeof test);
    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (!strategy->supported || strategy->supported(&(const char *){NULL}))
            test();
    }
}

#define EACH(test)                                                       \
    {                                                                    \
#test, with_each_strategy, hook, NULL, (void *)(uintptr_t)(test) \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(correct_use_is_silent),
        EACH(double_free_is_found),
        EACH(double_free_by_two_threads_is_found),
        EACH(foreign_entries_are_found),
        EACH(adopting_lists_take_foreign_memory),
        EACH(writes_after_free_are_found),
        EACH(overruns_are_found),
        EACH(reinit_of_a_live_list_is_found),
        EACH(fini_of_no_list_is_found),
        EACH(freeing_a_live_list_is_found),
        EACH(flags_that_do_not_exist_are_refused),
        EACH(without_a_hook_it_is_reported_and_ends),
        EACH(lists_left_alive_are_found_at_exit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

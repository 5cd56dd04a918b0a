/* SPDX-License-Identifier: MIT */
/* spinlock_test.c: slots near and far, counters in the lock's word, threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"
#include "churn.h"

extern const struct lookaside_strategy la_strategy_spinlock;
#define SPINLOCK (&la_strategy_spinlock)

enum { NR = 64 };
struct entry {
    _Alignas(16) uintptr_t words[8];
};
static struct entry entries[NR];

static void push_all(struct lookaside *list, uint32_t nr)
{
    for (uint32_t k = 0; k < nr; k++)
        assert_true(list->push(list, &entries[k]));
}

/* Every number of entries to keep, on both sides of where slots leave the lock's line. */
static void drain_takes_the_oldest(void **state)
{
    struct lookaside list;

    (void)state;
    for (uint32_t nr = 0; nr <= 16; nr++) {
        for (uint32_t keep = 0; keep <= nr; keep++) {
            void *chain;

            bare_init(&list, SPINLOCK, 16);
            push_all(&list, nr);
            chain = SPINLOCK->drain(&list, keep);
            for (uint32_t k = nr - keep; k-- > 0; chain = la_chain_next(chain))
                assert_ptr_equal(chain, &entries[k]);
            assert_null(chain);
            for (uint32_t k = nr; k-- > nr - keep;)
                assert_ptr_equal(list.pop(&list), &entries[k]);
            assert_null(list.pop(&list));
            bare_fini(&list);
        }
    }
}

/* With more limit than slots at first, and with entries inside that have to move. */
static void entries_stay_when_the_depth_grows(void **state)
{
    static const uint32_t from[] = {0, 1, 5, 6, 7, 20};
    struct lookaside list;

    (void)state;
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        bare_init(&list, SPINLOCK, from[i]);
        push_all(&list, from[i]);
        assert_false(list.push(&list, &entries[NR - 1]));
        assert_int_equal(SPINLOCK->set_depth(&list, NR), 0);
        atomic_store_explicit(&list.limit, NR, memory_order_relaxed);
        for (uint32_t k = from[i]; k < NR; k++)
            assert_true(list.push(&list, &entries[k]));
        assert_int_equal(SPINLOCK->count(&list), NR);
        for (uint32_t k = NR; k-- > 0;)
            assert_ptr_equal(list.pop(&list), &entries[k]);
        bare_fini(&list);
    }
}

/* The word is the first of the state: 43 bits of pops over 21 of depth. */
static void counts_past_the_end_of_the_word(void **state)
{
    const uint64_t near_the_end = ((UINT64_C(1) << 43) - 6) << 21;
    struct lookaside list;
    struct lookaside_strategy_stats before, after;

    (void)state;
    bare_init(&list, SPINLOCK, 8);
    memcpy(list.state, &near_the_end, sizeof near_the_end);
    SPINLOCK->stats(&list, &before);
    for (unsigned k = 0; k < 10; k++) {
        assert_true(list.push(&list, &entries[k]));
        assert_ptr_equal(list.pop(&list), &entries[k]);
    }
    push_all(&list, 3);
    assert_non_null(SPINLOCK->drain(&list, 2));
    SPINLOCK->tick(&list);
    SPINLOCK->stats(&list, &after);
    assert_int_equal(after.pops - before.pops, 10);
    assert_int_equal(after.pushes - before.pushes, 13);
    assert_int_equal(after.held, 2);
    SPINLOCK->drain(&list, 0);
    bare_fini(&list);
}

static void threads_conserve_entries_while_drained(void **state)
{
    (void)state;
    churn_drained(SPINLOCK, 16, 50000, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drain_takes_the_oldest),
        cmocka_unit_test(entries_stay_when_the_depth_grows),
        cmocka_unit_test(counts_past_the_end_of_the_word),
        cmocka_unit_test(threads_conserve_entries_while_drained),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

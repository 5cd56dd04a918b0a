/* SPDX-License-Identifier: MIT */
/* oracle_test.c: the oracle notices each thing it is there to notice, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oracle.h"

enum { LISTS = 2, BLOCKS = 8, BYTES = 64 };

static struct oracle *oracle;

static int begin(void **state)
{
    (void)state;
    oracle = oracle_new(LISTS, BLOCKS, BYTES, false);
    return oracle ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    oracle_free(oracle);
    return 0;
}

static void found(const char *what)
{
    assert_int_equal(oracle_nr_faults(oracle), 1);
    if (!strstr(oracle_first_fault(oracle), what))
        fail_msg("'%s' is not in '%s'", what, oracle_first_fault(oracle));
}

static void *owned_by(unsigned owner)
{
    void *entry = oracle_obtain(oracle, 0);

    assert_non_null(entry);
    oracle_taken(oracle, 0, entry, owner);
    return entry;
}

static void the_ways_of_a_block_are_no_faults(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    for (int round = 0; round < 3; round++) {
        oracle_giving(oracle, 0, entry, 1);
        oracle_taken(oracle, 0, entry, 1);
    }
    oracle_pass(oracle, 0, entry, 1, 2);
    oracle_giving(oracle, 0, entry, 2);
    oracle_release(oracle, 0, entry);
    assert_int_equal(oracle_nr_faults(oracle), 0);
    assert_string_equal(oracle_first_fault(oracle), "");
}

static void the_census_counts_every_block(void **state)
{
    struct oracle_census census;
    void *entry;

    (void)state;
    (void)owned_by(0);
    entry = owned_by(0);
    oracle_giving(oracle, 0, entry, 0);
    (void)oracle_obtain(oracle, 0);
    census = oracle_count(oracle, 0);
    assert_int_equal(census.owned, 1);
    assert_int_equal(census.held, 1);
    assert_int_equal(census.fresh, 1);
    assert_int_equal(census.outside, BLOCKS - 3);
    assert_int_equal(census.obtained, 3);
    assert_int_equal(census.released, 0);
}

static void an_empty_arena_gives_null(void **state)
{
    void *last = NULL;

    (void)state;
    for (int i = 0; i < BLOCKS; i++)
        assert_non_null(last = owned_by(0));
    assert_null(oracle_obtain(oracle, 0));
    oracle_giving(oracle, 0, last, 0);
    oracle_release(oracle, 0, last);
    assert_ptr_equal(oracle_obtain(oracle, 0), last);
    assert_int_equal(oracle_nr_faults(oracle), 0);
}

static void two_owners_are_found(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    oracle_taken(oracle, 0, entry, 2);
    found("was owned, list 0, owner 1, serial 1");
}

static void use_after_release_is_found(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    oracle_giving(oracle, 0, entry, 1);
    oracle_release(oracle, 0, entry);
    oracle_release(oracle, 0, entry);
    found("was outside");
    assert_int_equal(oracle_count(oracle, 0).released, 1);
}

static void release_of_an_owned_block_is_found(void **state)
{
    (void)state;
    oracle_release(oracle, 0, owned_by(3));
    found("given to the free routine: block 0 was owned, list 0, owner 3");
}

static void a_free_by_another_than_the_owner_is_found(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    oracle_taken(oracle, 0, entry, 2);
    oracle_giving(oracle, 0, entry, 1);
    assert_true(oracle_nr_faults(oracle) >= 2);
}

static void a_foreign_pointer_is_found(void **state)
{
    uint64_t foreign[8];

    (void)state;
    oracle_taken(oracle, 0, foreign, 1);
    found("is no entry");
}

static void a_pointer_into_a_block_is_found(void **state)
{
    char *entry = oracle_obtain(oracle, 0);

    (void)state;
    oracle_taken(oracle, 0, entry + 16, 1);
    found("is no entry");
}

/* First word, second word, last word: where links and counters would be put. */
static void check_overwritten(size_t offset)
{
    char *entry = owned_by(1);

    entry[offset] ^= 1;
    oracle_giving(oracle, 0, entry, 1);
    found("written to while owned");
}

static void a_write_to_the_first_word_is_found(void **state)
{
    (void)state;
    check_overwritten(0);
}

static void a_write_to_the_second_word_is_found(void **state)
{
    (void)state;
    check_overwritten(8);
}

static void a_write_to_the_last_word_is_found(void **state)
{
    (void)state;
    check_overwritten(BYTES - 1);
}

/* The first word is the list's while it holds the block. */
static void a_write_to_a_held_block_is_found(void **state)
{
    char *entry = owned_by(1);

    (void)state;
    oracle_giving(oracle, 0, entry, 1);
    entry[0] ^= 1;
    oracle_taken(oracle, 0, entry, 2);
    assert_int_equal(oracle_nr_faults(oracle), 0);
    oracle_giving(oracle, 0, entry, 2);
    entry[8] ^= 1;
    oracle_taken(oracle, 0, entry, 2);
    found("written to while the list held it");
}

static void a_write_to_a_held_block_is_found_at_its_release(void **state)
{
    char *entry = owned_by(1);

    (void)state;
    oracle_giving(oracle, 0, entry, 1);
    entry[BYTES - 1] ^= 1;
    oracle_release(oracle, 0, entry);
    found("written to while the list held it");
}

static void another_lists_block_is_found(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    oracle_giving(oracle, 0, entry, 1);
    oracle_taken(oracle, 1, entry, 1);
    found("handed out: block 0 was held, list 0");
}

static void a_free_to_another_list_is_found(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    oracle_giving(oracle, 1, entry, 1);
    found("taken from its owner");
}

static void a_release_by_another_list_is_found(void **state)
{
    void *entry = owned_by(1);

    (void)state;
    oracle_giving(oracle, 0, entry, 1);
    oracle_release(oracle, 1, entry);
    found("given to the free routine: block 0 was held, list 0");
}

/* The owner is the same, the words are too, but for the serial. */
static void an_older_stamp_of_the_same_owner_is_found(void **state)
{
    uint64_t before[BYTES / 8];
    void *entry = owned_by(1);

    (void)state;
    memcpy(before, entry, sizeof before);
    oracle_giving(oracle, 0, entry, 1);
    oracle_taken(oracle, 0, entry, 1);
    memcpy(entry, before, sizeof before);
    oracle_look(oracle, 0, entry, 1);
    found("written to while owned");
}

static void the_census_is_of_one_list(void **state)
{
    struct oracle_census census;
    void *entry = oracle_obtain(oracle, 1);

    (void)state;
    (void)owned_by(0);
    oracle_taken(oracle, 1, entry, 0);
    oracle_giving(oracle, 1, entry, 0);
    census = oracle_count(oracle, 1);
    assert_int_equal(census.held, 1);
    assert_int_equal(census.owned, 0);
    assert_int_equal(census.obtained, 1);
    assert_int_equal(census.outside, BLOCKS - 2);
}

static void unmapped_blocks_come_back_empty(void **state)
{
    struct oracle *unmapping = oracle_new(1, 1, BYTES, true);
    char *entry;

    (void)state;
    assert_non_null(unmapping);
    for (int round = 0; round < 3; round++) {
        assert_non_null(entry = oracle_obtain(unmapping, 0));
        for (int i = 0; i < BYTES; i++)
            assert_int_equal(entry[i], 0);
        oracle_taken(unmapping, 0, entry, 0);
        oracle_giving(unmapping, 0, entry, 0);
        oracle_release(unmapping, 0, entry);
    }
    assert_int_equal(oracle_nr_faults(unmapping), 0);
    oracle_free(unmapping);
}

#define ORACLE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORACLE_TEST(the_ways_of_a_block_are_no_faults),
        ORACLE_TEST(the_census_counts_every_block),
        ORACLE_TEST(an_empty_arena_gives_null),
        ORACLE_TEST(two_owners_are_found),
        ORACLE_TEST(use_after_release_is_found),
        ORACLE_TEST(release_of_an_owned_block_is_found),
        ORACLE_TEST(a_free_by_another_than_the_owner_is_found),
        ORACLE_TEST(a_foreign_pointer_is_found),
        ORACLE_TEST(a_pointer_into_a_block_is_found),
        ORACLE_TEST(a_write_to_the_first_word_is_found),
        ORACLE_TEST(a_write_to_the_second_word_is_found),
        ORACLE_TEST(a_write_to_the_last_word_is_found),
        ORACLE_TEST(a_write_to_a_held_block_is_found),
        ORACLE_TEST(a_write_to_a_held_block_is_found_at_its_release),
        ORACLE_TEST(another_lists_block_is_found),
        ORACLE_TEST(a_free_to_another_list_is_found),
        ORACLE_TEST(a_release_by_another_list_is_found),
        ORACLE_TEST(an_older_stamp_of_the_same_owner_is_found),
        ORACLE_TEST(the_census_is_of_one_list),
        ORACLE_TEST(unmapped_blocks_come_back_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

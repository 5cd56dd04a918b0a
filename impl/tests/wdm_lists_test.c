/* SPDX-License-Identifier: MIT */
/*
 * wdm_lists_test.c: what the clauses cannot reach: failures inside initialisation, counters at
 * 32 bits, the background tick's switch, and the ends that a process comes to.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "child.h"
#include "misses.h"
#include "strategy.h"
#include "wdm.h"
#include "wdm_record.h"

#define TAG ((ULONG)'tseT')

static NTSTATUS init(PLOOKASIDE_LIST_EX list)
{
    return ExInitializeLookasideListEx(list, NULL, NULL, NonPagedPoolNx, 0, 64, TAG, 0);
}

/* A strategy that is like another, except that it cannot start. */

static int no_memory(struct lookaside *list)
{
    (void)list;
    return -ENOMEM;
}

static bool not_here(const char **detail)
{
    *detail = "never";
    return false;
}

static void use_broken_strategy(bool supported)
{
    static struct lookaside_strategy broken;

    lookaside_set_default_strategy(NULL);
    broken = *lookaside_default_strategy();
    broken.init = no_memory;
    if (!supported)
        broken.supported = not_here;
    lookaside_set_default_strategy(&broken);
}

static void failed_init_has_a_status_and_leaves_no_list(void **state)
{
    LOOKASIDE_LIST_EX list;

    (void)state;
    lookaside_wdm_set_balancer(FALSE);
    use_broken_strategy(true);
    assert_int_equal(init(&list), STATUS_INSUFFICIENT_RESOURCES);
    ExDeleteLookasideListEx(&list);
    use_broken_strategy(false);
    assert_int_equal(init(&list), STATUS_NOT_SUPPORTED);
    ExDeleteLookasideListEx(&list);
    lookaside_set_default_strategy(NULL);
    assert_int_equal(lookaside_wdm_query_all(NULL, 0), 0);
}

static struct lookaside_wdm_failure failure;
static jmp_buf raised;

static void jump(const struct lookaside_wdm_failure *what)
{
    failure = *what;
    longjmp(raised, 1);
}

static void failed_legacy_init_raises(void **state)
{
    NPAGED_LOOKASIDE_LIST list;

    (void)state;
    lookaside_wdm_set_balancer(FALSE);
    lookaside_wdm_set_raise_hook(jump);
    use_broken_strategy(true);
    if (setjmp(raised) == 0) {
        ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, 64, TAG, 0);
        fail_msg("nothing was raised");
    }
    lookaside_set_default_strategy(NULL);
    assert_int_equal(failure.status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(failure.tag, TAG);
    if (setjmp(raised) == 0) {
        ExInitializePagedLookasideList(NULL, NULL, NULL, 0, 64, TAG, 0);
        fail_msg("nothing was raised");
    }
    assert_int_equal(failure.status, STATUS_INVALID_PARAMETER_1);
    lookaside_wdm_set_raise_hook(NULL);
}

static void ignore_failure(const struct lookaside_wdm_failure *what)
{
    (void)what;
}

static void legacy_init_with_a_hook_that_returns(void)
{
    NPAGED_LOOKASIDE_LIST list;

    lookaside_wdm_set_raise_hook(ignore_failure);
    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, SIZE_MAX, TAG, 0);
}

static void legacy_init_without_a_hook(void)
{
    NPAGED_LOOKASIDE_LIST list;

    ExInitializeNPagedLookasideList(&list, NULL, NULL, 0, SIZE_MAX, TAG, 0);
}

static void check_aborted(const struct child *child)
{
    assert_true(WIFSIGNALED(child->status));
    assert_int_equal(WTERMSIG(child->status), SIGABRT);
}

static void failed_legacy_init_does_not_return(void **state)
{
    struct child child = child_run(legacy_init_with_a_hook_that_returns);

    (void)state;
    check_aborted(&child);
    child = child_run(legacy_init_without_a_hook);
    check_aborted(&child);
    assert_non_null(strstr(child.said, "ExInitializeNPagedLookasideList cannot make a list"));
}

static void public_counters_wrap_at_32_bits(void **state)
{
    LOOKASIDE_LIST_EX list;
    SYSTEM_LOOKASIDE_INFORMATION now;
    struct la_miss_stripe *stripe;

    (void)state;
    lookaside_wdm_set_balancer(FALSE);
    assert_int_equal(init(&list), 0);
    stripe = la_misses_mine(la_wdm_record(&list)->list.misses);
    la_misses_add(&stripe->allocate_misses, UINT64_C(0x1FFFFFFFF));
    la_misses_add(&stripe->free_misses, UINT64_C(0x2FFFFFFFE));
    lookaside_wdm_query(&list, &now);
    assert_int_equal(now.TotalAllocates, 0xFFFFFFFF);
    assert_int_equal(now.FreeMisses, 0xFFFFFFFE);
    ExFreePool(ExAllocateFromLookasideListEx(&list));
    ExFlushLookasideListEx(&list);
    assert_int_equal(list.L.TotalAllocates, 0);
    assert_int_equal(list.L.AllocateMisses, 0);
    assert_int_equal(list.L.TotalFrees, 0xFFFFFFFE);
    ExDeleteLookasideListEx(&list);
}

/* A depth that only the native interface can set does not wrap in 16 bits. */
static void depth_beyond_16_bits_is_shown_as_the_most(void **state)
{
    LOOKASIDE_LIST_EX list;

    (void)state;
    lookaside_wdm_set_balancer(FALSE);
    assert_int_equal(init(&list), 0);
    assert_int_equal(lookaside_set_depth(&la_wdm_record(&list)->list, 0x10004), 0);
    assert_int_equal(list.L.Depth, 0xFFFF);
    assert_int_equal(list.L.MaximumDepth, 0xFFFF);
    ExDeleteLookasideListEx(&list);
}

/* Whether the thread runs is what starting it once more answers. */
static void say_whether_the_first_list_starts_the_tick(void)
{
    LOOKASIDE_LIST_EX list;

    if (!NT_SUCCESS(init(&list)))
        abort();
    DbgPrint("%s", lookaside_balancer_start(0) == -EALREADY ? "runs" : "stands");
    ExDeleteLookasideListEx(&list);
}

static void say_so_with_the_call(void)
{
    lookaside_wdm_set_balancer(FALSE);
    say_whether_the_first_list_starts_the_tick();
}

static void say_so_with_the_environment(void)
{
    setenv("LOOKASIDE_BALANCER", "off", 1);
    say_whether_the_first_list_starts_the_tick();
}

static void say_so_when_stopped_between_lists(void)
{
    LOOKASIDE_LIST_EX list;

    if (!NT_SUCCESS(init(&list)))
        abort();
    lookaside_balancer_stop();
    say_whether_the_first_list_starts_the_tick();
    ExDeleteLookasideListEx(&list);
}

static void say_so_when_turned_on_again(void)
{
    lookaside_wdm_set_balancer(FALSE);
    if (!lookaside_wdm_set_balancer(TRUE))
        abort();
    say_whether_the_first_list_starts_the_tick();
}

static void check_says(void (*work)(void), const char *expected)
{
    struct child child = child_run(work);

    assert_int_equal(child.status, 0);
    assert_string_equal(child.said, expected);
}

static void the_first_list_starts_the_tick_unless_told_not_to(void **state)
{
    (void)state;
    unsetenv("LOOKASIDE_BALANCER");
    check_says(say_whether_the_first_list_starts_the_tick, "runs");
    check_says(say_so_with_the_call, "stands");
    check_says(say_so_with_the_environment, "stands");
    check_says(say_so_when_stopped_between_lists, "stands");
    check_says(say_so_when_turned_on_again, "runs");
}

static void delete_twice(void)
{
    LOOKASIDE_LIST_EX list;

    if (!NT_SUCCESS(init(&list)))
        abort();
    ExDeleteLookasideListEx(&list);
    ExDeleteLookasideListEx(&list);
    DbgPrint("survived");
}

static void delete_twice_verified(void)
{
    setenv("LOOKASIDE_VERIFIER", "1", 1);
    delete_twice();
}

static void the_verifier_is_asked_for_by_the_environment(void **state)
{
    struct child child;

    (void)state;
    unsetenv("LOOKASIDE_VERIFIER");
    check_says(delete_twice, "survived");
    child = child_run(delete_twice_verified);
    check_aborted(&child);
    assert_non_null(strstr(child.said, "lookaside: bug check 0xC4, code 0xCB: "));
}

static void leave_two_lists(void)
{
    static LOOKASIDE_LIST_EX lists[2];

    lookaside_wdm_set_verifier(TRUE);
    for (int i = 0; i < 2; i++) {
        if (!NT_SUCCESS(init(&lists[i])))
            abort();
    }
}

static void lists_left_at_exit_are_all_named_before_the_abort(void **state)
{
    struct child child = child_run(leave_two_lists);
    const char *first = strstr(child.said, "lookaside: bug check 0xCE, code 0x0: ");

    (void)state;
    check_aborted(&child);
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "lookaside: bug check 0xCE, code 0x0: "));
    assert_non_null(strstr(first, "'Test'"));
}

static void free_twice_checked(void)
{
    LOOKASIDE_LIST_EX list;
    PVOID entry;

    setenv("LOOKASIDE_CHECKED", "1", 1);
    if (!NT_SUCCESS(init(&list)))
        abort();
    entry = ExAllocateFromLookasideListEx(&list);
    ExFreeToLookasideListEx(&list, entry);
    ExFreeToLookasideListEx(&list, entry);
}

static void write_behind_checked(void)
{
    LOOKASIDE_LIST_EX list;
    PUCHAR entry;

    setenv("LOOKASIDE_CHECKED", "1", 1);
    if (!NT_SUCCESS(init(&list)))
        abort();
    entry = ExAllocateFromLookasideListEx(&list);
    entry[list.L.Size] = 1;
    ExFreeToLookasideListEx(&list, entry);
}

/* Findings of entries have Windows' names too, and the list is the driver's own storage. */
static void checked_lists_speak_of_bug_checks(void **state)
{
    struct child child = child_run(free_twice_checked);

    (void)state;
    check_aborted(&child);
    assert_non_null(strstr(child.said, "lookaside: bug check 0xC2, code 0x7: double free"));
    assert_non_null(strstr(child.said, "'Test'"));
    child = child_run(write_behind_checked);
    check_aborted(&child);
    assert_non_null(strstr(child.said, "lookaside: bug check 0xC1, code 0x24: bytes behind"));
}

int main(void)
{
    /* The children that start threads come first, before this process has any. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_list_starts_the_tick_unless_told_not_to),
        cmocka_unit_test(the_verifier_is_asked_for_by_the_environment),
        cmocka_unit_test(lists_left_at_exit_are_all_named_before_the_abort),
        cmocka_unit_test(checked_lists_speak_of_bug_checks),
        cmocka_unit_test(failed_legacy_init_does_not_return),
        cmocka_unit_test(failed_init_has_a_status_and_leaves_no_list),
        cmocka_unit_test(failed_legacy_init_raises),
        cmocka_unit_test(public_counters_wrap_at_32_bits),
        cmocka_unit_test(depth_beyond_16_bits_is_shown_as_the_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* wdm_pool_test.c: the pool and raising, apart from lists. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"
#include "wdm.h"

#define TAG ((ULONG)'tseT')

static struct lookaside_wdm_failure failure;
static unsigned nr_failures;

static void note(const struct lookaside_wdm_failure *what)
{
    failure = *what;
    nr_failures++;
}

static int teardown(void **state)
{
    (void)state;
    lookaside_wdm_fail_every(0);
    lookaside_wdm_set_raise_hook(NULL);
    nr_failures = 0;
    return 0;
}

static void check_block(PVOID block, SIZE_T size, ULONG_PTR align)
{
    assert_non_null(block);
    assert_int_equal((ULONG_PTR)block % align, 0);
    RtlFillMemory(block, size, 0xEE);
    ExFreePool(block);
}

static void blocks_are_aligned_as_their_size_and_type_ask(void **state)
{
    (void)state;
    for (SIZE_T size = 1; size < 3 * PAGE_SIZE; size += 97) {
        ULONG_PTR align = size < PAGE_SIZE ? 16 : PAGE_SIZE;

        check_block(ExAllocatePool(NonPagedPool, size), size, align);
        check_block(ExAllocatePoolWithTag(PagedPool, size, TAG), size, align);
        check_block(ExAllocatePoolWithTag(NonPagedPoolCacheAligned, size, TAG), size,
                    align < 64 ? 64 : align);
        check_block(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_CACHE_ALIGNED, size, TAG), size,
                    align < 64 ? 64 : align);
    }
    check_block(ExAllocatePoolWithTag(PagedPool, PAGE_SIZE, TAG), PAGE_SIZE, PAGE_SIZE);
    check_block(ExAllocatePoolWithTag(PagedPool, 0, TAG), 0, 16);
}

static void assert_zeroed(PVOID block, SIZE_T size)
{
    static const UCHAR zeroes[256];

    assert_non_null(block);
    assert_memory_equal(block, zeroes, size);
    ExFreePool(block);
}

/* The block before it, in the same size class, is left full of something else. */
static void names_with_zero_zero(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        check_block(ExAllocatePoolUninitialized(PagedPool, 200, TAG), 200, 16);
        assert_zeroed(ExAllocatePoolZero(PagedPool, 200, TAG), 200);
        check_block(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, 200, TAG), 200, 16);
        assert_zeroed(ExAllocatePool2(POOL_FLAG_PAGED, 200, TAG), 200);
    }
}

static void pool2_refuses_what_it_does_not_know(void **state)
{
    (void)state;
    assert_null(ExAllocatePool2(0, 8, TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_NON_PAGED, 8, TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 0, TAG));
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED, 8, 0));
    lookaside_wdm_set_raise_hook(note);
    assert_null(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 0, TAG));
    assert_int_equal(nr_failures, 1);
    assert_int_equal(failure.status, STATUS_INVALID_PARAMETER);
}

static void impossible_sizes_give_null(void **state)
{
    (void)state;
    assert_null(ExAllocatePoolWithTag(PagedPool, SIZE_MAX, TAG));
    assert_null(ExAllocatePoolZero(PagedPool, SIZE_MAX / 2 + 1, TAG));
}

static void every_nth_allocation_fails(void **state)
{
    PVOID blocks[9];

    (void)state;
    lookaside_wdm_fail_every(3);
    for (int i = 0; i < 9; i++)
        blocks[i] = ExAllocatePool(NonPagedPool, 32);
    lookaside_wdm_fail_every(0);
    for (int i = 0; i < 9; i++) {
        if (i % 3 == 2)
            assert_null(blocks[i]);
        else
            check_block(blocks[i], 32, 16);
    }
}

static void check_raises(PVOID block, unsigned nr)
{
    assert_null(block);
    assert_int_equal(nr_failures, nr);
    nr_failures = 0;
}

static void raising_is_asked_for_by_a_bit_or_by_quota(void **state)
{
    const POOL_TYPE raising = (POOL_TYPE)(PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE);
    const POOL_TYPE quota = (POOL_TYPE)(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);

    (void)state;
    assert_null(lookaside_wdm_set_raise_hook(note));
    lookaside_wdm_fail_every(1);
    check_raises(ExAllocatePoolWithTag(PagedPool, 8, TAG), 0);
    check_raises(ExAllocatePoolWithTag(raising, 8, TAG), 1);
    assert_int_equal(failure.status, STATUS_INSUFFICIENT_RESOURCES);
    assert_int_equal(failure.pool_type, raising);
    assert_int_equal(failure.size_bytes, 8);
    assert_int_equal(failure.tag, TAG);
    check_raises(ExAllocatePoolZero(raising, 8, TAG), 1);
    check_raises(ExAllocatePoolWithQuotaTag(PagedPool, 8, TAG), 1);
    check_raises(ExAllocatePoolWithQuotaTag(quota, 8, TAG), 0);
    check_raises(ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG), 0);
    check_raises(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 8, TAG), 1);
    ExRaiseStatus(STATUS_UNSUCCESSFUL);
    assert_int_equal(failure.status, STATUS_UNSUCCESSFUL);
    assert_ptr_equal(lookaside_wdm_set_raise_hook(NULL), note);
}

static void raise_without_a_hook(void)
{
    lookaside_wdm_fail_every(1);
    (void)ExAllocatePoolWithTag((POOL_TYPE)(PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE), 123,
                                TAG);
}

static void without_a_hook_raising_says_what_and_aborts(void **state)
{
    struct child child = child_run(raise_without_a_hook);

    (void)state;
    assert_true(WIFSIGNALED(child.status));
    assert_int_equal(WTERMSIG(child.status), SIGABRT);
    assert_non_null(strstr(child.said, "lookaside: "));
    assert_non_null(strstr(child.said, "0xC000009A"));
    assert_non_null(strstr(child.said, "123 bytes"));
    assert_non_null(strstr(child.said, "'Test'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(blocks_are_aligned_as_their_size_and_type_ask, teardown),
        cmocka_unit_test_teardown(names_with_zero_zero, teardown),
        cmocka_unit_test_teardown(pool2_refuses_what_it_does_not_know, teardown),
        cmocka_unit_test_teardown(impossible_sizes_give_null, teardown),
        cmocka_unit_test_teardown(every_nth_allocation_fails, teardown),
        cmocka_unit_test_teardown(raising_is_asked_for_by_a_bit_or_by_quota, teardown),
        cmocka_unit_test_teardown(without_a_hook_raising_says_what_and_aborts, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

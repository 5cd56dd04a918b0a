/* SPDX-License-Identifier: MIT */
/*
 * frees_test.c: free(), realloc() and munmap() of memory with a live checked list in it, which must
 * be told and must not happen; and all other use of them, which must be silent. Every free of this
 * process goes through frees.c, where that is linked (FREES): under a sanitizer memory goes all the
 * same.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lookaside.h"

enum { SIZE = 24, TAG = LOOKASIDE_TAG('F', 'r', 'e', 'e'), MAPPED_PAGES = 64 };

/* As a program would have it: neither at the block's begin nor at its end. */
struct session {
    char name[100];
    struct lookaside list;
    char rest[5000];
};

static struct lookaside_finding found;
static _Atomic unsigned nr_found;

static void note(const struct lookaside_finding *finding)
{
    found = *finding;
    atomic_fetch_add_explicit(&nr_found, 1, memory_order_relaxed);
}

static void begin(struct lookaside *list, uint32_t flags)
{
    const struct lookaside_config config = {.size = SIZE, .tag = TAG, .flags = flags};

    assert_int_equal(lookaside_init(list, &config), 0);
}

/* Aligned as a list must be; a block of malloc's all the same. */
static struct session *open_session(uint32_t flags)
{
    struct session *session = aligned_alloc(64, sizeof *session);

    assert_non_null(session);
    begin(&session->list, flags);
    return session;
}

static void check_found(unsigned nr, const void *memory, const struct lookaside *list)
{
    assert_int_equal(nr_found, nr);
    assert_int_equal(found.kind, LOOKASIDE_FREED_LIST);
    assert_ptr_equal(found.list, list);
    assert_ptr_equal(found.address, memory);
    assert_int_equal(found.tag, TAG);
    assert_int_equal(found.size, SIZE);
    assert_true(found.here.nr > 0);
    assert_true(found.allocated.nr > 0);
}

/* The list is as good as ever. */
static void use_and_end(struct lookaside *list)
{
    void *entry = lookaside_alloc(list);

    assert_non_null(entry);
    lookaside_free(list, entry);
    lookaside_fini(list);
}

static int set_up(void **state)
{
    (void)state;
    nr_found = 0;
    lookaside_set_finding_hook(note);
    return 0;
}

#ifdef FREES
static void a_free_of_a_live_list_is_found_and_not_done(void **state)
{
    struct session *session = open_session(LOOKASIDE_CHECKED);
    void *volatile memory = session;

    (void)state;
    free(memory);
    check_found(1, session, &session->list);
    use_and_end(&session->list);
    free(session);
    assert_int_equal(nr_found, 1);
}

static void a_realloc_leaves_the_list_where_it_is(void **state)
{
    struct session *session = open_session(LOOKASIDE_CHECKED), *moved;
    void *volatile memory = session;

    (void)state;
    strcpy(session->name, "kept");
    moved = realloc(memory, 2 * sizeof *session);
    check_found(1, session, &session->list);
    assert_non_null(moved);
    assert_ptr_not_equal(moved, session);
    assert_string_equal(moved->name, "kept");
    free(moved);
    moved = realloc(memory, 50);
    check_found(2, session, &session->list);
    assert_string_equal(moved->name, "kept");
    free(moved);
    moved = reallocarray(memory, 3, sizeof *session);
    check_found(3, session, &session->list);
    free(moved);
    assert_null(realloc(memory, 0));
    check_found(4, session, &session->list);
    use_and_end(&session->list);
    free(session);
    assert_int_equal(nr_found, 4);
}

static char *map_pages(size_t page)
{
    void *start =
        mmap(NULL, MAPPED_PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(start, MAP_FAILED);
    return start;
}

/* The list lies across the border of two pages. */
static void a_munmap_of_any_byte_of_a_list_is_found(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *start = map_pages(page);
    struct lookaside *list = (struct lookaside *)(void *)(start + 9 * page - 64);

    (void)state;
    begin(list, LOOKASIDE_CHECKED);
    assert_int_equal(munmap(start + 9 * page, 1), 0);
    check_found(1, start + 9 * page, list);
    assert_int_equal(munmap(start + 8 * page, 1), 0);
    check_found(2, start + 8 * page, list);
    assert_int_equal(munmap(start, MAPPED_PAGES * page), 0);
    check_found(3, start, list);
    assert_int_equal(munmap(start, 8 * page), 0);
    assert_int_equal(munmap(start + 10 * page, (MAPPED_PAGES - 10) * page), 0);
    assert_int_equal(nr_found, 3);
    use_and_end(list);
    assert_int_equal(munmap(start + 8 * page, 2 * page), 0);
    assert_int_equal(nr_found, 3);
}

static void errors_of_munmap_are_its_own(void **state)
{
    static _Alignas(64) char bytes[8192];

    (void)state;
    errno = 0;
    assert_int_equal(munmap(bytes + 1, 4096), -1);
    assert_int_equal(errno, EINVAL);
}

/* In the place of a sanitizer's. */
typedef void malloc_hook_fn(const volatile void *memory, size_t size);
typedef void free_hook_fn(const volatile void *memory);
int __sanitizer_install_malloc_and_free_hooks(malloc_hook_fn *on_malloc, free_hook_fn *on_free);
int __sanitizer_get_ownership(const volatile void *memory);

static malloc_hook_fn *malloc_hook;
static free_hook_fn *free_hook;
static const void *block; /* the only one that there is */

int __sanitizer_install_malloc_and_free_hooks(malloc_hook_fn *on_malloc, free_hook_fn *on_free)
{
    assert_null(free_hook);
    malloc_hook = on_malloc;
    free_hook = on_free;
    return 1;
}

int __sanitizer_get_ownership(const volatile void *memory)
{
    return memory == block;
}

static void a_sanitizer_asks_for_its_own_blocks(void **state)
{
    struct session *session = open_session(LOOKASIDE_CHECKED);

    (void)state;
    malloc_hook(session, sizeof *session);
    free_hook(session);
    assert_int_equal(nr_found, 0);
    block = session;
    free_hook(session);
    check_found(1, session, &session->list);
    lookaside_fini(&session->list);
    free_hook(session);
    assert_int_equal(nr_found, 1);
    free(session);
}
#endif

/* More pages than are counted one by one. */
static void a_huge_range_is_looked_at_whole(void **state)
{
    static struct lookaside list;
    uintptr_t start = (uintptr_t)&list > (uintptr_t)1 << 30 ? (uintptr_t)&list - (1 << 30) : 4096;
    const void *memory = (const void *)start; // NOLINT(performance-no-int-to-ptr)

    (void)state;
    begin(&list, LOOKASIDE_CHECKED);
    assert_false(lookaside_may_release(memory, (uintptr_t)&list - start + 1));
    check_found(1, memory, &list);
    assert_true(lookaside_may_release(memory, (uintptr_t)&list - start));
    assert_true(lookaside_may_release(&list, 0));
    lookaside_fini(&list);
    assert_int_equal(nr_found, 1);
}

static void neighbours_may_go(void **state)
{
    enum { NR = 200 };
    void *blocks[NR];
    struct session *session = open_session(LOOKASIDE_CHECKED);

    (void)state;
    for (int i = 0; i < NR; i++)
        blocks[i] = malloc(48);
    for (int i = 0; i < NR; i++)
        free(blocks[i]);
    assert_true(lookaside_may_release(session, offsetof(struct session, list)));
    assert_true(lookaside_may_release(session->rest, sizeof session->rest));
    assert_true(lookaside_may_free(NULL));
    assert_int_equal(nr_found, 0);
    lookaside_fini(&session->list);
    free(session);
}

static void lists_that_nobody_checks_are_not_looked_for(void **state)
{
    struct session *session = open_session(0);

    (void)state;
    assert_true(lookaside_may_free(session));
    lookaside_fini(&session->list);
    free(session);
    assert_int_equal(nr_found, 0);
}

/* --- many threads, no mistake --- */

enum { THREADS = 4, ROUNDS = 150, BLOCKS = 16 };

static void churn(unsigned round)
{
    void *blocks[BLOCKS];

    for (unsigned i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(1 + (size_t)(i * 977 + round * 131) % 9000);
    for (unsigned i = 0; i < BLOCKS; i += 2)
        blocks[i] = realloc(blocks[i], 3000);
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

static bool is_well(struct session *session)
{
    void *entry = lookaside_alloc(&session->list);

    if (!entry)
        return false;
    lookaside_free(&session->list, entry);
    return true;
}

static void *work(void *unused)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        const struct lookaside_config config = {.size = SIZE, .flags = LOOKASIDE_CHECKED};
        struct session *session = aligned_alloc(64, sizeof *session);

        if (!session || lookaside_init(&session->list, &config) != 0)
            abort();
        churn(round);
        if (!is_well(session))
            abort();
        lookaside_fini(&session->list);
        free(session);
    }
    return unused;
}

/* A child ends what it finds and frees it, while the other threads of its parent were anywhere. An
 * allocator of a sanitizer's would not survive that. */
static void fork_one(struct session *session)
{
#ifdef FREES
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        churn(1);
        lookaside_fini(&session->list);
        free(session);
        _exit(nr_found > 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
#else
    (void)session;
#endif
}

static void correct_use_by_many_threads_is_silent(void **state)
{
    struct session *session = open_session(LOOKASIDE_CHECKED);
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (int i = 0; i < 10; i++)
        fork_one(session);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(nr_found, 0);
    use_and_end(&session->list);
    free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef FREES
        cmocka_unit_test_setup(a_free_of_a_live_list_is_found_and_not_done, set_up),
        cmocka_unit_test_setup(a_realloc_leaves_the_list_where_it_is, set_up),
        cmocka_unit_test_setup(a_munmap_of_any_byte_of_a_list_is_found, set_up),
        cmocka_unit_test_setup(errors_of_munmap_are_its_own, set_up),
        cmocka_unit_test_setup(a_sanitizer_asks_for_its_own_blocks, set_up),
#endif
        cmocka_unit_test_setup(a_huge_range_is_looked_at_whole, set_up),
        cmocka_unit_test_setup(neighbours_may_go, set_up),
        cmocka_unit_test_setup(lists_that_nobody_checks_are_not_looked_for, set_up),
        cmocka_unit_test_setup(correct_use_by_many_threads_is_silent, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

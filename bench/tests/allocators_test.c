/* SPDX-License-Identifier: MIT */
/*
 * allocators_test.c: all allocators in one process side by side: each answers from its own object,
 * and none of them becomes the process's malloc.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator.h"

enum { NR_OBJECTS = 1000, OBJECT_BYTES = 256 };

/* Where the process's malloc was before any allocator was loaded. */
static const char *process_malloc;

/* What a plain reference to malloc resolves to. */
static const char *object_of_malloc(void)
{
    void *address = dlsym(RTLD_DEFAULT, "malloc");
    Dl_info info;

    assert_non_null(address);
    assert_true(dladdr(address, &info) != 0);
    return info.dli_fname;
}

static int before_loading(void **state)
{
    (void)state;
    process_malloc = object_of_malloc();
    return 0;
}

static void load_all(void)
{
    const struct la_allocator *allocator;
    struct la_allocator_calls calls;
    const char *why;

    for (size_t i = 0; (allocator = la_allocator_at(i)); i++)
        allocator->load(&calls, &why);
}

static void the_required_ones_are_there(void **state)
{
    struct la_allocator_calls calls;
    const char *why;

    (void)state;
    assert_true(la_allocator_find("glibc")->load(&calls, &why));
    assert_true(la_allocator_find("jemalloc")->load(&calls, &why));
    assert_null(la_allocator_find("nonesuch"));
}

static void malloc_stays_where_it_was(void **state)
{
    (void)state;
    load_all();
    assert_string_equal(object_of_malloc(), process_malloc);
#ifndef LA_MALLOC_IS_REPLACED
    assert_non_null(strstr(process_malloc, "libc.so"));
#endif
}

/* What its file's name contains: its own name, but for the one that is part of a larger library. */
static const char *file_of(const struct la_allocator *allocator)
{
    return strcmp(allocator->name, "gslice") == 0 ? "libglib-2.0" : allocator->name;
}

static void each_answers_from_its_own_object(void **state)
{
    const struct la_allocator *left, *right;

    (void)state;
    load_all();
    for (size_t i = 0; (left = la_allocator_at(i)); i++) {
        const char *object = la_allocator_object(left);

        if (!object)
            continue;
        if (i > 0)
            assert_non_null(strstr(object, file_of(left)));
        for (size_t j = 0; j < i; j++) {
            right = la_allocator_at(j);
            if (la_allocator_object(right))
                assert_string_not_equal(object, la_allocator_object(right));
        }
        assert_true(strlen(left->version()) > 0);
    }
}

/* Objects are distinct, aligned, writable to the end, and can be freed. */
static void exercise(const struct la_allocator_calls *calls)
{
    static unsigned char *objects[NR_OBJECTS];

    for (size_t i = 0; i < NR_OBJECTS; i++) {
        objects[i] = calls->allocate(OBJECT_BYTES);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % 16, 0);
        memset(objects[i], (int)(i & 0xff), OBJECT_BYTES);
    }
    for (size_t i = 0; i < NR_OBJECTS; i++) {
        assert_int_equal(objects[i][0], i & 0xff);
        assert_int_equal(objects[i][OBJECT_BYTES - 1], i & 0xff);
        la_allocator_release(calls, OBJECT_BYTES, objects[i]);
    }
}

/* The one of that name; where it is not installed, it says why and the test is skipped. */
static void gives_memory(void **state)
{
    const struct la_allocator *allocator = la_allocator_find(*state);
    struct la_allocator_calls calls;
    const char *why = NULL;

    assert_non_null(allocator);
    if (!allocator->load(&calls, &why)) {
        assert_non_null(why);
        assert_null(strchr(why, '\n'));
        print_message("%s: %s\n", allocator->name, why);
        skip();
    }
    assert_true(!calls.release != !calls.release_sized);
    exercise(&calls);
}

#ifndef LA_MALLOC_IS_REPLACED
/* The C library's own count of its memory moves with its own objects and with nobody else's. Slices
 * are left out: GLib cuts them from blocks that it gets from there. */
static void only_glibc_takes_from_glibc(void **state)
{
    const struct la_allocator *allocator;
    struct la_allocator_calls calls;
    static void *objects[NR_OBJECTS];
    const char *why;

    (void)state;
    for (size_t i = 0; (allocator = la_allocator_at(i)); i++) {
        size_t before, grown;

        if (strcmp(allocator->name, "gslice") == 0 || !allocator->load(&calls, &why))
            continue;
        /* Whatever it sets up first. */
        la_allocator_release(&calls, OBJECT_BYTES, calls.allocate(OBJECT_BYTES));
        before = mallinfo2().uordblks;
        for (size_t j = 0; j < NR_OBJECTS; j++)
            objects[j] = calls.allocate(OBJECT_BYTES);
        grown = mallinfo2().uordblks - before;
        for (size_t j = 0; j < NR_OBJECTS; j++)
            la_allocator_release(&calls, OBJECT_BYTES, objects[j]);
        if (strcmp(allocator->name, "glibc") == 0)
            assert_true(grown >= NR_OBJECTS / 2 * OBJECT_BYTES);
        else
            assert_int_equal(grown, 0);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_required_ones_are_there),
        cmocka_unit_test(malloc_stays_where_it_was),
        cmocka_unit_test(each_answers_from_its_own_object),
#define LOOKASIDE_ALLOCATOR(allocator)   \
    {.name = "gives_memory." #allocator, \
     .test_func = gives_memory,          \
     .initial_state = (char[]){#allocator}},
#include "allocators.def"
#undef LOOKASIDE_ALLOCATOR
#ifndef LA_MALLOC_IS_REPLACED
        cmocka_unit_test(only_glibc_takes_from_glibc),
#endif
    };

    return cmocka_run_group_tests(tests, before_loading, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * platform_test.c: what is known of a machine whose /sys is missing or says something else, and
 * what a sleep must not do. The number of CPUs is found once in a process, so each case has one of
 * its own.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "platform.h"

/* The file of possible CPUs; NULL: there is none. */
static const char *text;
static int current_cpu;
static bool knows_pages;

FILE *__wrap_fopen(const char *path, const char *mode);
int __wrap_sched_getcpu(void);
long __real_sysconf(int name);
long __wrap_sysconf(int name);

FILE *__wrap_fopen(const char *path, const char *mode)
{
    (void)mode;
    if (strcmp(path, "/sys/devices/system/cpu/possible") != 0)
        abort();
    return text ? fmemopen((void *)(uintptr_t)text, strlen(text), "r") : NULL;
}

int __wrap_sched_getcpu(void)
{
    return current_cpu;
}

long __wrap_sysconf(int name)
{
    return name == _SC_PAGESIZE && !knows_pages ? -1 : __real_sysconf(name);
}

static unsigned expected;

static void compare(void)
{
    if (la_possible_cpus() != expected) {
        fprintf(stderr, "%u CPUs", la_possible_cpus());
        abort();
    }
}

static void expect_cpus(const char *file, unsigned nr)
{
    struct child child;

    text = file;
    expected = nr;
    child = child_run(compare);
    if (child.status != 0)
        fail_msg("'%s': %s, not %u", file ? file : "no file", child.said, nr);
}

static void the_highest_possible_cpu_counts(void **state)
{
    (void)state;
    expect_cpus("0\n", 1);
    expect_cpus("0-3\n", 4);
    expect_cpus("0-3,8-11\n", 12);
    expect_cpus("0,2,5\n", 6);
    expect_cpus("0-1023\n", 1024);
}

/* The kernel's mask has room for every CPU that is there, and more. */
static void compare_with_those_there(void)
{
    if (la_possible_cpus() < (unsigned)__real_sysconf(_SC_NPROCESSORS_CONF))
        abort();
    /* A number that comes from a line which was cut off would be this. */
    if (la_possible_cpus() == expected)
        abort();
}

static void without_a_whole_line_the_kernel_is_asked(void **state)
{
    struct child child;

    (void)state;
    text = NULL;
    expected = 0;
    child = child_run(compare_with_those_there);
    assert_int_equal(child.status, 0);
    text = "0-76";
    expected = 77;
    child = child_run(compare_with_those_there);
    assert_int_equal(child.status, 0);
}

static void current_cpu_is_a_possible_one(void)
{
    current_cpu = 2;
    if (la_current_cpu() != 2)
        abort();
    current_cpu = 4; /* came after the list was read */
    if (la_current_cpu() != 0)
        abort();
    current_cpu = -1;
    if (la_current_cpu() != 0)
        abort();
}

static void a_cpu_out_of_range_is_the_first(void **state)
{
    struct child child;

    (void)state;
    text = "0-3\n";
    child = child_run(current_cpu_is_a_possible_one);
    assert_int_equal(child.status, 0);
}

static void a_page_has_some_size(void **state)
{
    (void)state;
    knows_pages = false;
    assert_int_equal(la_page_size(), 4096);
    knows_pages = true;
    assert_int_equal(la_page_size(), __real_sysconf(_SC_PAGESIZE));
}

static void ignore_signal(int number)
{
    (void)number;
}

static void an_interrupted_sleep_keeps_errno(void **state)
{
    const struct sigaction action = {.sa_handler = ignore_signal};
    const struct itimerval soon = {.it_value = {.tv_usec = 1000}}, never = {0};

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    errno = ENOTTY;
    la_sleep_ns(100000000);
    assert_int_equal(errno, ENOTTY);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

/* It would never let go of what it holds. */
static void *sleep_when_cancelled(void *woke)
{
    pthread_cancel(pthread_self());
    la_sleep_ns(1);
    *(bool *)woke = true;
    return NULL;
}

static void a_sleep_is_not_where_a_thread_ends(void **state)
{
    bool woke = false;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, sleep_when_cancelled, &woke), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(woke);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_possible_cpu_counts),
        cmocka_unit_test(without_a_whole_line_the_kernel_is_asked),
        cmocka_unit_test(a_cpu_out_of_range_is_the_first),
        cmocka_unit_test(a_page_has_some_size),
        cmocka_unit_test(an_interrupted_sleep_keeps_errno),
        cmocka_unit_test(a_sleep_is_not_where_a_thread_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

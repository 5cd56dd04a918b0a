/* SPDX-License-Identifier: MIT */
/*
 * child_process_test.c: how long a process is waited for, by one that signals interrupt all the
 * time.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child_process.h"

/* More interruptions than the minute has tenths of a second, which a look takes otherwise. */
enum { MINUTE_S = 60, INTERRUPTIONS = 1000, EVERY_US = 200 };

static int ends[2];
static unsigned nr_looks;
static pid_t child;

static void interrupt(int signal)
{
    (void)signal;
}

static void interrupt_every(suseconds_t us)
{
    const struct itimerval timer = {.it_interval = {.tv_usec = us}, .it_value = {.tv_usec = us}};

    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static int set_up(void **state)
{
    const struct sigaction action = {.sa_handler = interrupt};

    (void)state;
    nr_looks = 0;
    if (pipe(ends) || sigaction(SIGALRM, &action, NULL))
        return -1;
    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    interrupt_every(EVERY_US);
    return child < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    interrupt_every(0);
    close(ends[0]);
    close(ends[1]);
    kill(child, SIGKILL);
    return waitpid(child, NULL, 0) == child ? 0 : -1;
}

/* Called once a look. */
static bool says_something_at_last(void)
{
    if (++nr_looks == INTERRUPTIONS)
        assert_int_equal(write(ends[1], "", 1), 1);
    return false;
}

static void interruptions_are_no_time(void **state)
{
    const struct stress_options options = {.interrupted = says_something_at_last};

    (void)state;
    assert_true(stress_child_wait(ends[0], child, &options, MINUTE_S));
    assert_int_equal(nr_looks, INTERRUPTIONS);
}

static void time_passes_between_interruptions(void **state)
{
    const struct stress_options options = {.seconds = 0.1};

    (void)state;
    assert_false(stress_child_wait(ends[0], child, &options, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(interruptions_are_no_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_passes_between_interruptions, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* slots_test.c: the registry of threads' cells when a thread exits and another one forks. */
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "slots.h"

enum { EXIT_NS = 200 * 1000 * 1000, CHILD_S = 5 };

static uint32_t slot;
static sem_t is_exiting;

/* Long enough for the other thread to fork meanwhile, if it may. */
static void exits_slowly(void *value)
{
    const struct timespec span = {.tv_nsec = EXIT_NS};

    (void)value;
    sem_post(&is_exiting);
    nanosleep(&span, NULL);
}

static void *comes_and_goes(void *unused)
{
    if (!la_slot_set(slot, &slot))
        abort();
    return unused;
}

static void a_child_can_use_the_registry_while_threads_exit(void **state)
{
    pthread_t thread;
    int status = -1;
    pid_t child;

    (void)state;
    assert_int_equal(sem_init(&is_exiting, 0, 0), 0);
    assert_int_equal(la_slot_new(&slot, exits_slowly), 0);
    assert_int_equal(pthread_create(&thread, NULL, comes_and_goes, NULL), 0);
    while (sem_wait(&is_exiting) != 0)
        continue;
    child = fork();
    if (child == 0) {
        alarm(CHILD_S);
        la_slot_free(slot);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    /* A sanitizer may say that the child ends without its parent's threads. */
    assert_true(WIFEXITED(status));
    pthread_join(thread, NULL);
    la_slot_free(slot);
    sem_destroy(&is_exiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_can_use_the_registry_while_threads_exit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

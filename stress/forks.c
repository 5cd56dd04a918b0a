/* SPDX-License-Identifier: MIT */
/*
 * forks.c: a thread forks while no other one is inside a call, and the child goes on with the
 * lists as they were: churns, starts a thread, flushes, ticks, changes depths, ends them or leaves
 * them, and exits. Half of the forks are made by an allocate routine, in the middle of a call. The
 * child has the oracle as it was too, so all is checked there as in the parent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { MOST = 30, DEPTH = 50, STEPS = 200, FORK_ONE_IN = 400, CHILD_S = 60, FOUND = 1 };

/* What the thread is about to do, or is, or has. */
static _Thread_local bool wants_fork, is_child;
static _Thread_local pid_t child_pid;

/* Shared with the children: what the first of them found. */
struct finding {
    char text[160];
};

static int begin(struct stress_run *run, const char **why)
{
    void *shared = mmap(NULL, sizeof(struct finding), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    (void)why;
    run->own = shared;
    return shared == MAP_FAILED ? -errno : 0;
}

static void end(struct stress_run *run)
{
    munmap(run->own, sizeof(struct finding));
}

/* With the others parked. The child is alone: nobody is parked there. */
static void fork_quiet(struct stress_worker *worker)
{
    child_pid = fork();
    is_child = child_pid == 0;
    if (is_child) {
        atomic_store_explicit(&worker->run->park.wanted, false, memory_order_relaxed);
        alarm(CHILD_S);
    }
}

static bool routine(struct stress_list *list, bool allocates)
{
    struct stress_worker *worker = stress_self();

    (void)list;
    if (!allocates || !wants_fork || !worker || !stress_quiet_begin(worker))
        return true;
    wants_fork = false;
    fork_quiet(worker);
    if (!is_child)
        stress_quiet_end(worker);
    return true;
}

static void disturb(struct stress_worker *worker, struct stress_list *list)
{
    switch (stress_below(worker, 5)) {
    case 0:
        stress_flush(worker, list);
        break;
    case 1:
        lookaside_balance();
        break;
    case 2:
        if (lookaside_set_depth(&list->list, stress_below(worker, DEPTH)))
            oracle_fault(worker->run->oracle, "set_depth failed");
        break;
    case 3:
        lookaside_thread_exit(&list->list);
        break;
    default:
        break;
    }
}

static void end_lists(struct stress_worker *worker)
{
    for (unsigned i = 0; i < worker->run->nr_shared; i++)
        stress_list_end(&worker->run->lists[i]);
}

static void *live_as_thread(void *pointer)
{
    struct stress_worker *worker = pointer;

    stress_be(worker);
    stress_churn_some(worker, MOST, STEPS);
    return NULL;
}

/* The thread sanitizer's children have no threads. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_IN_CHILDREN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(NO_THREADS_IN_CHILDREN)
static const bool may_start_threads = false;
#else
static const bool may_start_threads = true;
#endif

/* Two threads at once, the new one in the name of one that is not there any more. */
static void start_thread(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;
    struct stress_worker *other = &run->workers[(worker->index + 1) % run->nr_workers];
    pthread_t thread;

    if (!may_start_threads || other == worker ||
        pthread_create(&thread, NULL, live_as_thread, other))
        return;
    stress_churn_some(worker, MOST, STEPS);
    pthread_join(thread, NULL);
}

static _Noreturn void live_as_child(struct stress_worker *worker)
{
    struct stress_run *run = worker->run;
    struct finding *finding = run->own;

    stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    disturb(worker, stress_any_list(worker));
    if (stress_below(worker, 2) == 0)
        start_thread(worker);
    stress_churn_some(worker, MOST, stress_below(worker, STEPS));
    check_quiet(run);
    if (oracle_nr_faults(run->oracle) == 0 && stress_below(worker, 2) == 0)
        end_lists(worker);
    if (oracle_nr_faults(run->oracle) == 0)
        _exit(0);
    snprintf(finding->text, sizeof finding->text, "%s", oracle_first_fault(run->oracle));
    _exit(FOUND);
}

static void wait_for_child(struct stress_worker *worker)
{
    const struct finding *finding = worker->run->own;
    int status = 0;

    if (child_pid < 0) {
        oracle_fault(worker->run->oracle, "fork failed: %s", strerror(errno));
        return;
    }
    while (waitpid(child_pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        oracle_fault(worker->run->oracle, "a child of fork was killed by signal %d (%s)",
                     WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        oracle_fault(worker->run->oracle, "in a child of fork: %s", finding->text);
}

/* Inside a call, if one misses soon; else between two. */
static void fork_once(struct stress_worker *worker)
{
    child_pid = 0;
    wants_fork = stress_below(worker, 2) == 0;
    for (unsigned steps = MOST; wants_fork && steps > 0 && stress_going(worker); steps--)
        stress_churn_step(worker, MOST);
    wants_fork = false;
    if (!is_child && child_pid == 0 && stress_quiet_begin(worker)) {
        fork_quiet(worker);
        if (!is_child)
            stress_quiet_end(worker);
    }
    if (is_child)
        live_as_child(worker);
    if (child_pid != 0)
        wait_for_child(worker);
}

static void forks(struct stress_worker *worker)
{
    while (stress_going(worker)) {
        if (stress_below(worker, FORK_ONE_IN) == 0)
            fork_once(worker);
        stress_churn_step(worker, MOST);
    }
    stress_free_all(worker);
}

const struct stress_scenario stress_forks = {
    .name = "forks",
    .summary = "children of fork go on with the lists as they were",
    .depth = DEPTH,
    .bytes = 64,
    .nr_blocks = 2048,
    .nr_lists = 2,
    .min_threads = 1,
    .begin = begin,
    .end = end,
    .routine = routine,
    .work = forks,
};

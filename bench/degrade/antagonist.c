/* SPDX-License-Identifier: MIT */
/* antagonist.c: see antagonist.h. */
#include "antagonist.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"

enum { NS_PER_S = 1000000000, SIGNAL = SIGUSR1, BEST_NICE = -20 };

static struct la_antagonist_setting setting;
static pthread_t helpers[PLACEMENT_MAX_THREADS];
static timer_t timers[PLACEMENT_MAX_THREADS];
static unsigned nr_helpers, nr_timers;
static _Atomic bool over;
static _Atomic bool real_time;
static _Atomic uint64_t nr_events;

const char *la_nuisance_name(enum la_nuisance nuisance)
{
    static const char *const names[] = {"none", "preempt", "signal", "migrate"};

    return nuisance < LA_NR_NUISANCES ? names[nuisance] : NULL;
}

uint64_t la_antagonist_events(void)
{
    return atomic_load_explicit(&nr_events, memory_order_relaxed);
}

bool la_antagonist_is_real_time(void)
{
    return atomic_load_explicit(&real_time, memory_order_relaxed);
}

static bool is_over(void)
{
    return atomic_load_explicit(&over, memory_order_relaxed);
}

/* Relaxed: a count. Also in the handler. */
static void count(void)
{
    atomic_fetch_add_explicit(&nr_events, 1, memory_order_relaxed);
}

/* Real time, or the best nice value: of this thread, as Linux has it. */
static void go_first(void)
{
    const struct sched_param lowest = {.sched_priority = 1};
    const bool granted = pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) == 0;

    atomic_store_explicit(&real_time, granted, memory_order_relaxed);
    if (!granted)
        (void)setpriority(PRIO_PROCESS, 0, BEST_NICE);
}

/* The next planned time; those that have passed meanwhile are left out, so that nothing is made up
 * for in a burst: the rate that comes about is counted, not assumed. */
static uint64_t sleep_until_next(uint64_t planned, uint64_t period)
{
    const uint64_t now = la_clock_system_ns();
    struct timespec until;

    planned += period;
    if (planned < now)
        planned = now;
    until = (struct timespec){.tv_sec = (time_t)(planned / NS_PER_S),
                              .tv_nsec = (long)(planned % NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
    return planned;
}

static uint64_t period_ns(void)
{
    return (uint64_t)(NS_PER_S / setting.rate);
}

static void bind_thread(pid_t thread, unsigned cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(thread, sizeof one, &one) == 0 && thread != 0)
        count();
}

static void *preempt(void *cpu)
{
    uint64_t planned = la_clock_system_ns(), start;

    bind_thread(0, *(const unsigned *)cpu);
    go_first();
    while (!is_over()) {
        planned = sleep_until_next(planned, period_ns());
        start = la_clock_system_ns();
        while (la_clock_system_ns() - start < LA_PREEMPT_NS)
            continue;
        count();
    }
    return NULL;
}

static void *migrate(void *unused)
{
    const unsigned nr = setting.placement->nr_threads;
    uint64_t planned = la_clock_system_ns();

    go_first();
    for (unsigned turn = 1; !is_over(); turn++) {
        planned = sleep_until_next(planned, period_ns());
        for (unsigned i = 0; i < nr && !is_over(); i++)
            bind_thread(setting.threads[i], setting.placement->cpu[(i + turn) % nr]);
    }
    return unused;
}

static void on_signal(int signal)
{
    (void)signal;
    count();
}

static int start_timer(pid_t thread)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
    const struct itimerspec when = {.it_interval = {.tv_sec = (time_t)(period_ns() / NS_PER_S),
                                                    .tv_nsec = (long)(period_ns() % NS_PER_S)},
                                    .it_value = {.tv_nsec = 1 + (long)(period_ns() % NS_PER_S)}};

    /* The C library before 2.40 has no name of its own for the field. */
    event._sigev_un._tid = thread;
    if (timer_create(CLOCK_MONOTONIC, &event, &timers[nr_timers]))
        return errno;
    nr_timers++;
    return timer_settime(timers[nr_timers - 1], 0, &when, NULL) ? errno : 0;
}

static int start_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    int error = sigaction(SIGNAL, &action, NULL) ? errno : 0;

    for (unsigned i = 0; i < setting.placement->nr_threads && !error; i++)
        error = start_timer(setting.threads[i]);
    return error;
}

static int start_helper(void *(*work)(void *argument), void *argument)
{
    const int error = pthread_create(&helpers[nr_helpers], NULL, work, argument);

    nr_helpers += error == 0;
    return error;
}

static int start_preemptions(void)
{
    static unsigned cpus[PLACEMENT_MAX_THREADS];
    int error = 0;

    for (unsigned i = 0; i < setting.placement->nr_threads && !error; i++) {
        cpus[i] = setting.placement->cpu[i];
        error = start_helper(preempt, &cpus[i]);
    }
    return error;
}

const char *la_antagonist_start(const struct la_antagonist_setting *next)
{
    int error = 0;

    setting = *next;
    atomic_store_explicit(&over, false, memory_order_relaxed);
    atomic_store_explicit(&nr_events, 0, memory_order_relaxed);
    if (setting.nuisance == LA_MIGRATE && setting.placement->nr_threads < 2)
        return "a thread on one CPU has no other one to be moved to";
    if (setting.nuisance == LA_PREEMPT)
        error = start_preemptions();
    else if (setting.nuisance == LA_SIGNAL)
        error = start_signals();
    else if (setting.nuisance == LA_MIGRATE)
        error = start_helper(migrate, NULL);
    if (!error)
        return NULL;
    la_antagonist_stop();
    return strerror(error);
}

void la_antagonist_stop(void)
{
    atomic_store_explicit(&over, true, memory_order_relaxed);
    while (nr_timers > 0)
        timer_delete(timers[--nr_timers]);
    while (nr_helpers > 0)
        pthread_join(helpers[--nr_helpers], NULL);
}

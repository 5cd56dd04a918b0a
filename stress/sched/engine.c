/* SPDX-License-Identifier: MIT */
/* engine.c: see engine.h. */
#include "engine.h"

#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "explore.h"
#include "heap.h"

enum { STACK_BYTES = 256 << 10, MOST_STEPS = 20000, MOST_STEPS_ALONE = 4000000, INSISTS = 8 };

struct sched_world sched_world;
char sched_message[1024];
unsigned sched_steps;

static struct sched_world kept_world;
static unsigned char *variables, *kept_variables; /* of the code under test */
static size_t variables_bytes;
static unsigned char *tls, *tls_end;
static ucontext_t outside, contexts[SCHED_THREADS];
static _Alignas(64) unsigned char stacks[SCHED_THREADS][STACK_BYTES];
static bool failed;

const char *sched_name(unsigned thread)
{
    static const char *const names[] = {"main", "A", "B", "C", "D", "E"};

    return names[thread];
}

/* --- what is put back --- */

static uintptr_t page_down(uintptr_t address)
{
    return address & ~(uintptr_t)4095;
}

/* The writable segment of the object that has the threads' variables, without what the dynamic
 * linker has made read-only. */
static int find_variables(struct dl_phdr_info *object, size_t bytes, void *unused)
{
    uintptr_t begin = 0, end = 0, relro_end = 0;

    (void)bytes, (void)unused;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t at = object->dlpi_addr + part->p_vaddr;

        if (part->p_type == PT_LOAD && part->p_flags & PF_W) {
            begin = at;
            end = at + part->p_memsz;
        } else if (part->p_type == PT_GNU_RELRO) {
            relro_end = page_down(at + part->p_memsz);
        }
    }
    if ((uintptr_t)tls < begin || (uintptr_t)tls >= end)
        return 0;
    begin = relro_end > begin ? relro_end : begin;
    variables = (unsigned char *)begin;
    variables_bytes = end - begin;
    return 1;
}

void sched_keep(void)
{
    memcpy(kept_variables, variables, variables_bytes);
    heap_keep();
    kept_world = sched_world;
}

void sched_put_back(void)
{
    memcpy(variables, kept_variables, variables_bytes);
    heap_put_back();
    sched_world = kept_world;
}

/* --- failures --- */

_Noreturn static void leave(void)
{
    failed = true;
    setcontext(&outside);
    abort();
}

void sched_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sched_message, sizeof sched_message, format, arguments);
    va_end(arguments);
    leave();
}

static void on_signal(int number)
{
    snprintf(sched_message, sizeof sched_message, "%s in thread %s", strsignal(number),
             sched_name(sched_world.current));
    leave();
}

static void catch_crashes(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    static _Alignas(16) unsigned char stack[64 << 10];
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_NODEFER};
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};

    sigaltstack(&alternate, NULL);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

void sched_begin(void)
{
    la_sched_tls(&tls, &tls_end);
    if ((size_t)(tls_end - tls) > SCHED_TLS_BYTES || !dl_iterate_phdr(find_variables, NULL)) {
        fputs("sched: the variables of the code under test were not found\n", stderr);
        exit(2);
    }
    kept_variables = malloc(variables_bytes);
    if (!kept_variables)
        abort();
    for (unsigned i = 0; i < SCHED_THREADS; i++)
        memcpy(sched_world.threads[i].tls, tls, (size_t)(tls_end - tls));
    catch_crashes();
}

/* --- threads --- */

static void become(unsigned next)
{
    size_t bytes = (size_t)(tls_end - tls);

    memcpy(sched_me()->tls, tls, bytes);
    sched_world.current = next;
    memcpy(tls, sched_me()->tls, bytes);
}

static bool is_ready(const struct sched_thread *thread)
{
    return thread->state == SCHED_READY || (thread->state == SCHED_BLOCKED &&
                                            thread->may_time_out && sched_world.timeouts_left > 0);
}

/* A thread that waits for others need not be asked again before something has changed. */
static bool stands_still(const struct sched_thread *thread)
{
    return thread->yielded && thread->yielded_at == sched_world.changes;
}

static bool may_run(unsigned at, bool still_ones_too)
{
    const struct sched_thread *thread = &sched_world.threads[at];

    return at != SCHED_MAIN && is_ready(thread) && (still_ones_too || !stands_still(thread));
}

/* Who may run next, in turn, the current thread last. */
static unsigned find_others(bool still_ones_too, unsigned *candidates)
{
    unsigned nr = 0, last = still_ones_too ? SCHED_THREADS : SCHED_THREADS - 1;

    for (unsigned i = 1; i <= last; i++) {
        unsigned at = (sched_world.current + i) % SCHED_THREADS;

        if (may_run(at, still_ones_too))
            candidates[nr++] = at;
    }
    return nr;
}

static void go_on_as(unsigned next)
{
    unsigned before = sched_world.current;
    struct sched_thread *thread = &sched_world.threads[next];

    if (thread->state == SCHED_BLOCKED) {
        thread->state = SCHED_READY;
        thread->timed_out = true;
        sched_world.timeouts_left--;
    }
    thread->yielded = false;
    if (next == before)
        return;
    sched_me()->insists = 0;
    sched_drain_for_switch(sched_me());
    become(next);
    swapcontext(&contexts[before], &contexts[next]);
    sched_drain(sched_me());
}

static _Noreturn void report_deadlock(void)
{
    char text[512] = "";
    size_t used = 0;

    for (unsigned i = 0; i < SCHED_THREADS; i++) {
        const struct sched_thread *thread = &sched_world.threads[i];

        if (thread->state == SCHED_BLOCKED && used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "; %s waits: %s",
                                     sched_name(i), thread->waits_how);
    }
    sched_fail("nobody can go on%s", text);
}

static void count_step(void)
{
    if (++sched_world.steps > (sched_world.active ? MOST_STEPS : MOST_STEPS_ALONE))
        sched_fail("no end after %u steps: threads wait for each other", sched_world.steps);
}

void sched_switch(void)
{
    unsigned candidates[SCHED_THREADS], nr, chosen = 0;

    if (!sched_world.active) {
        if (sched_me()->state == SCHED_BLOCKED)
            sched_fail("left behind: %s", sched_me()->waits_how);
        return;
    }
    nr = find_others(false, candidates);
    count_step();
    if (nr > 1)
        chosen = explore_switch(sched_world.steps, candidates, nr);
    /* All wait in loops: in turn, as an unfair choice would never end. */
    else if (nr == 0 && find_others(true, candidates) == 0)
        report_deadlock();
    go_on_as(candidates[chosen]);
}

void sched_relax(void)
{
    struct sched_thread *me = sched_me();
    unsigned candidates[SCHED_THREADS], nr, chosen;

    if (me->insists > 0) {
        me->insists--;
        return;
    }
    me->yielded = true;
    me->yielded_at = sched_world.changes;
    nr = find_others(false, candidates);
    if (nr == 0 || !explore_may_preempt(sched_world.steps + 1)) {
        sched_switch();
        return;
    }
    count_step();
    candidates[nr] = sched_world.current;
    chosen = explore_relax(sched_world.steps, candidates, nr + 1);
    me->insists = chosen == nr ? INSISTS : 0;
    go_on_as(candidates[chosen]);
}

void sched_point(const struct la_sched_site *site)
{
    unsigned candidates[SCHED_THREADS], nr, chosen;

    (void)site;
    sched_me()->relaxed = false;
    count_step();
    if (!sched_world.active || !explore_may_preempt(sched_world.steps))
        return;
    candidates[0] = sched_world.current;
    nr = 1 + find_others(false, candidates + 1);
    if (nr < 2)
        return;
    chosen = explore_preempt(sched_world.steps, candidates, nr);
    if (chosen > 0)
        go_on_as(candidates[chosen]);
}

void sched_changed(void)
{
    sched_world.changes++;
}

void sched_wake(const void *waited_for, bool all)
{
    for (unsigned i = 0; i < SCHED_THREADS; i++) {
        struct sched_thread *thread = &sched_world.threads[i];

        if (thread->state != SCHED_BLOCKED || thread->waits_for != waited_for)
            continue;
        thread->state = SCHED_READY;
        if (!all)
            break;
    }
    sched_changed();
}

/* As POSIX has it: destructors may set values again. */
void sched_run_destructors(void)
{
    struct sched_thread *me = sched_me();

    for (unsigned round = 0; round < 4; round++) {
        for (unsigned key = 0; key < sched_world.nr_keys; key++) {
            const void *value = me->values[key];

            me->values[key] = NULL;
            if (value && sched_world.at_exit[key])
                sched_world.at_exit[key]((void *)(uintptr_t)value);
        }
    }
}

static bool all_done(void)
{
    for (unsigned i = 1; i < SCHED_THREADS; i++) {
        enum sched_state state = sched_world.threads[i].state;

        if (state != SCHED_DONE && state != SCHED_UNUSED)
            return false;
    }
    return true;
}

static void run_thread(void)
{
    struct sched_thread *me = sched_me();

    me->start(me->argument);
    sched_run_destructors();
    sched_drain(me);
    me->state = SCHED_DONE;
    sched_wake(me, true);
    if (!sched_world.active || all_done())
        setcontext(&outside);
    sched_switch();
    abort();
}

static void prepare(unsigned thread)
{
    getcontext(&contexts[thread]);
    contexts[thread].uc_stack.ss_sp = stacks[thread];
    contexts[thread].uc_stack.ss_size = STACK_BYTES;
    contexts[thread].uc_link = NULL;
    makecontext(&contexts[thread], run_thread, 0);
}

void sched_add_thread(unsigned thread, void *(*start)(void *), void *argument)
{
    struct sched_thread *added = &sched_world.threads[thread];

    added->state = SCHED_READY;
    added->start = start;
    added->argument = argument;
    if (sched_world.active)
        prepare(thread);
}

static void call_alone(void)
{
    struct sched_thread *me = sched_me();

    me->start(me->argument);
    sched_drain(me);
    setcontext(&outside);
}

/* Runs a context until something comes back to outside. */
static bool enter(unsigned thread)
{
    failed = false;
    become(thread);
    swapcontext(&outside, &contexts[thread]);
    return !failed;
}

bool sched_run_alone(unsigned thread, void *(*start)(void *), void *argument)
{
    struct sched_thread *me = &sched_world.threads[thread];
    bool fine;

    me->start = start;
    me->argument = argument;
    me->state = SCHED_READY;
    sched_world.active = false;
    sched_world.steps = 0;
    prepare(thread);
    makecontext(&contexts[thread], call_alone, 0);
    fine = enter(thread);
    if (fine) {
        me->state = SCHED_UNUSED;
        become(SCHED_MAIN);
    }
    return fine;
}

bool sched_run(void)
{
    unsigned candidates[SCHED_THREADS], nr, chosen = 0;

    for (unsigned i = 1; i < SCHED_THREADS; i++) {
        if (sched_world.threads[i].state == SCHED_READY)
            prepare(i);
    }
    sched_world.active = true;
    sched_world.steps = 0;
    nr = find_others(true, candidates);
    if (nr > 1)
        chosen = explore_switch(0, candidates, nr);
    if (!enter(candidates[chosen]))
        return false;
    become(SCHED_MAIN);
    sched_world.active = false;
    sched_steps = sched_world.steps;
    return true;
}

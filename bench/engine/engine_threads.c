/* SPDX-License-Identifier: MIT */
/*
 * engine_threads.c: the measuring threads' part of a measurement, with the measured loop: what each
 * does in the steps that engine.c begins.
 */
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "engine_run.h"
#include "interference.h"
#include "random.h"

static uint64_t thread_cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void draw_decisions(struct record *record, uint64_t seed)
{
    struct la_random random = la_random_seeded(seed);

    for (size_t i = 0; i < LA_DECISIONS; i++)
        record->decisions[i] = (uint32_t)(la_random_next(&random) >> 32);
}

/* What the loop on this thread calls. */
static struct la_allocator_calls calls_of(const struct run *run, size_t live)
{
    switch (run->contender->role) {
    case LA_ROLE_FLOOR:
        return la_floor_calls(live);
    case LA_ROLE_CALLED_ARRAY:
        return la_tl_array_called(&run->contender->calls);
    default:
        return run->contender->calls;
    }
}

/* Where threads that move may go. */
static const struct la_placement *places_of(const struct la_setting *setting)
{
    return setting->places ? setting->places : setting->placement;
}

static bool move(struct la_worker *worker, unsigned place)
{
    if (la_placement_bind_self(worker->mover, place))
        return false;
    worker->place = place;
    return true;
}

void la_engine_set_up(void *context, unsigned member)
{
    struct run *run = context;
    struct record *record = &run->records[member];
    const struct la_workload *workload = run->setting->workload;
    size_t live = workload->live(&run->setting->params);
    bool is_floor = run->contender->role == LA_ROLE_FLOOR;

    record->worker = (struct la_worker){
        .port = {.list = &run->list.list, .calls = calls_of(run, live), .size = run->setting->size},
        .kind = la_contender_loop(run->contender),
        .thread = member,
        .nr_threads = run->nr_threads,
        .params = run->setting->params,
        .shared = run->shared,
        .objects = calloc(live, sizeof(void *)),
        .decisions = record->decisions,
        .stop = &run->stop,
        .place = member,
        .nr_places = places_of(run->setting)->nr_threads,
        .move = move,
        .mover = places_of(run->setting),
    };
    draw_decisions(record, run->setting->seed * UINT64_C(1000003) + member);
    record->ready = record->worker.objects && (!is_floor || la_floor_begin(live));
}

void la_engine_fill(void *context, unsigned member)
{
    struct run *run = context;

    if (run->setting->workload->fill)
        run->setting->workload->fill(&run->records[member].worker);
}

void la_engine_drain(void *context, unsigned member)
{
    struct run *run = context;

    if (run->setting->workload->drain)
        run->setting->workload->drain(&run->records[member].worker);
}

void la_engine_clear_up(void *context, unsigned member)
{
    struct run *run = context;

    if (run->contender->role == LA_ROLE_FLOOR)
        la_floor_end();
    la_tl_array_drain(&run->contender->calls, run->setting->size);
    free(run->records[member].worker.objects);
}

/* One sample, its cost without the clock's. */
static uint64_t sample(struct record *record, const struct la_workload *workload,
                       struct la_worker *worker)
{
    uint64_t ticks = UINT64_MAX;
    uint64_t operations = workload->sample[worker->kind](worker, &ticks);

    if (ticks != UINT64_MAX)
        la_histogram_add(&record->latency, ticks > la_clock.floor ? ticks - la_clock.floor : 0);
    return operations;
}

/* Slices end between batches; one that a batch outlasted is empty. */
static void close_slices(const struct run *run, struct record *record, uint64_t now,
                         uint64_t operations)
{
    while (now >= record->slice_end && record->nr_slices < LA_STEADY_SLICES) {
        record->slice_done[record->nr_slices++] = operations;
        record->slice_end += run->slice_period;
    }
}

/* What la_gaps asked the kernel took up to a hundredth of a batch, and only those who are slow are
 * asked: it is no cost of theirs. One that took long was interrupted, and where threads share a CPU
 * others ran meanwhile: that stays. */
static uint64_t look_is_over(struct record *record, uint64_t began)
{
    const uint64_t now = la_ticks();

    if (now - began < record->gaps.candidate_ticks / 10)
        record->looked += now - began;
    return now;
}

/* The measured loop, or what a thread that is replaced does of it. Who started first is first at
 * its end, and tells the others, who may be waiting for it. */
static void loop(struct run *run, struct record *record)
{
    const struct la_workload *workload = run->setting->workload;
    struct la_worker *worker = &record->worker;
    uint64_t (*batch)(struct la_worker *) = workload->run[worker->kind];
    uint64_t operations = record->operations, now = la_ticks(), before;
    const uint64_t deadline = record->start + run->duration;

    do {
        before = now - worker->paused;
        operations += batch(worker);
        now = la_ticks();
        if (la_gaps_add(&record->gaps, now - worker->paused - before))
            now = look_is_over(record, now);
        if (now - worker->paused >= record->slice_end)
            close_slices(run, record, now - worker->paused, operations);
        if (now >= record->next_sample && now < deadline) {
            operations += sample(record, workload, worker);
            now = la_ticks();
            record->next_sample = now + run->sample_period;
        }
        /* Relaxed: only ends loops. */
        if (now >= deadline)
            atomic_store_explicit(&run->stop, true, memory_order_relaxed);
    } while (!atomic_load_explicit(&run->stop, memory_order_relaxed) && !worker->retires);
    record->stop = now;
    record->paused = worker->paused;
    record->slept = worker->slept;
    record->operations = operations;
}

/* For la_gaps: what the workload slept on purpose is in no batch. */
static struct la_absence absent(void *context)
{
    struct record *record = context;
    const struct la_off_cpu before = record->off_cpu;
    const uint64_t own = record->worker.slept - record->slept_before;
    struct la_absence absence = {0, 0};
    uint64_t ticks;

    record->slept_before = record->worker.slept;
    if (!la_off_cpu_look(&record->off_cpu) || record->off_cpu.off_ns <= before.off_ns)
        return absence;
    ticks = la_clock_ticks((uint64_t)(record->off_cpu.off_ns - before.off_ns));
    absence.ticks = ticks > own ? ticks - own : 0;
    absence.nr_waits = (uint64_t)(record->off_cpu.nr_waits - before.nr_waits);
    return absence;
}

static void watch_sleep(struct record *record)
{
    record->slept_before = record->worker.slept;
    record->gaps.absent = la_off_cpu_look(&record->off_cpu) ? absent : NULL;
    record->gaps.context = record;
}

/* The loop with the figures that the kernel has of a thread. */
static void account_loop(struct run *run, struct record *record)
{
    uint64_t delay_before = 0, delay_after = 0;
    const bool known = la_run_delay_ns(&delay_before);
    const uint64_t cpu_before = thread_cpu_ns();

    watch_sleep(record);
    loop(run, record);
    record->cpu_ns += thread_cpu_ns() - cpu_before;
    record->run_delay_known = record->run_delay_known && known && la_run_delay_ns(&delay_after);
    record->run_delay_ns =
        record->run_delay_known ? record->run_delay_ns + delay_after - delay_before : 0;
}

static void succeed(void *context, unsigned member);

/* Leaves the window's rest to another thread; false: there is none. */
static bool retire(struct run *run, unsigned member)
{
    struct record *record = &run->records[member];

    record->worker.retires = false;
    record->estate = la_floor_leave();
    record->nr_successors++;
    if (!la_team_succeed(&run->team, member, succeed))
        return true;
    record->nr_successors--;
    return false;
}

/* The window from here on. Relaxed: it is over for this thread, or a batch later. */
static void go_on(struct run *run, unsigned member)
{
    struct record *record = &run->records[member];

    account_loop(run, record);
    while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
        if (retire(run, member))
            return;
        account_loop(run, record);
    }
    record->worker.retires = false;
    record->moved = !la_placement_holds_self(places_of(run->setting), record->worker.place);
}

static void succeed(void *context, unsigned member)
{
    struct run *run = context;

    la_floor_inherit(&run->records[member].estate);
    go_on(run, member);
}

void la_engine_window(void *context, unsigned member)
{
    struct run *run = context;
    struct record *record = &run->records[member];

    la_gaps_reset(&record->gaps, la_clock_ticks(LA_GAP_NS));
    la_histogram_reset(&record->latency);
    record->operations = record->cpu_ns = record->run_delay_ns = record->nr_successors = 0;
    record->looked = 0;
    record->run_delay_known = true;
    record->nr_slices = 0;
    record->worker.paused = record->worker.slept = 0;
    la_team_meet(&run->team);
    record->start = record->next_sample = la_ticks();
    record->slice_end = record->start + run->slice_period;
    go_on(run, member);
}

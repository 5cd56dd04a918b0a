/* SPDX-License-Identifier: MIT */
/* script.c: see script.h. */
#include "script.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "lookaside.h"
#include "oracle.h"

enum { HAND = 64 };

struct hand {
    void *entries[HAND];
    unsigned nr;
    bool has_second;
    struct lookaside second; /* a list of the thread's own */
};

static struct lookaside list, kept_list;
static struct hand hands[SCHED_THREADS], kept_hands[SCHED_THREADS];
static const struct sched_script *script;

static struct hand *my_hand(void)
{
    return &hands[sched_world.current];
}

/* --- words --- */

static void do_alloc(unsigned nr)
{
    struct hand *hand = my_hand();

    for (unsigned i = 0; i < nr && hand->nr < HAND; i++) {
        void *entry;

        oracle_alloc_begins(1);
        entry = lookaside_alloc(&list);
        oracle_alloc_ends(1, &entry, entry != NULL);
        if (entry)
            hand->entries[hand->nr++] = entry;
    }
}

static void free_one(void *entry)
{
    oracle_free_begins(1, &entry);
    lookaside_free(&list, entry);
    oracle_free_ends(1, &entry);
}

static void do_free(unsigned nr)
{
    struct hand *hand = my_hand();

    while (nr-- > 0 && hand->nr > 0)
        free_one(hand->entries[--hand->nr]);
}

static void do_free_oldest(unsigned nr)
{
    struct hand *hand = my_hand();

    while (nr-- > 0 && hand->nr > 0) {
        void *entry = hand->entries[0];

        memmove(hand->entries, hand->entries + 1, --hand->nr * sizeof *hand->entries);
        free_one(entry);
    }
}

static void do_bulk_alloc(unsigned nr)
{
    struct hand *hand = my_hand();
    size_t got;

    nr = nr < HAND - hand->nr ? nr : HAND - hand->nr;
    oracle_alloc_begins(nr);
    got = lookaside_alloc_bulk(&list, hand->entries + hand->nr, nr);
    oracle_alloc_ends(nr, hand->entries + hand->nr, (unsigned)got);
    hand->nr += (unsigned)got;
}

static void do_bulk_free(unsigned nr)
{
    struct hand *hand = my_hand();

    nr = nr < hand->nr ? nr : hand->nr;
    hand->nr -= nr;
    oracle_free_begins(nr, hand->entries + hand->nr);
    lookaside_free_bulk(&list, hand->entries + hand->nr, nr);
    oracle_free_ends(nr, hand->entries + hand->nr);
}

static void do_pairs(unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        do_alloc(1);
        do_free(1);
    }
}

static void do_flush(unsigned nr)
{
    unsigned flush = oracle_flush_begins();

    (void)nr;
    lookaside_flush(&list);
    oracle_flush_ends(flush);
}

static void do_trim(unsigned nr)
{
    oracle_removal_begins();
    lookaside_trim(&list, nr);
    oracle_removal_ends();
}

static void do_depth(unsigned nr)
{
    oracle_removal_begins();
    if (lookaside_set_depth(&list, nr))
        sched_fail("set-depth fails");
    oracle_limit(nr);
    oracle_removal_ends();
}

/* A policy may have set the limit. */
static void ticked(void)
{
    if (script->policy)
        oracle_limit(atomic_load_explicit(&list.limit, memory_order_relaxed));
}

static void do_tick(unsigned nr)
{
    (void)nr;
    if (script->policy)
        oracle_removal_begins();
    else
        oracle_tick_begins();
    lookaside_balance();
    ticked();
    oracle_removal_ends();
}

static void do_stats(unsigned nr)
{
    struct lookaside_stats stats;

    (void)nr;
    oracle_stats_begin();
    lookaside_get_stats(&list, &stats);
    oracle_stats_end(&stats);
}

static void do_leave(unsigned nr)
{
    (void)nr;
    lookaside_thread_exit(&list);
}

static void do_cpu(unsigned nr)
{
    sched_me()->cpu = nr % la_sched_nr_cpus();
}

/* A balancer that ticks so many times before it is stopped, if it is let. */
static void do_balancer_start(unsigned nr)
{
    sched_world.timeouts_left = nr;
    oracle_removal_begins();
    (void)lookaside_balancer_start(1000);
}

static void do_balancer_stop(unsigned nr)
{
    (void)nr;
    lookaside_balancer_stop();
    ticked();
    oracle_removal_ends();
}

static struct lookaside_config config_of(void)
{
    return (struct lookaside_config){
        .size = ORACLE_BYTES,
        .strategy = lookaside_strategy_find(script->strategy),
        .allocate = oracle_allocate,
        .free = oracle_release,
        .depth = {.initial = script->depth,
                  .max = script->max_depth ? script->max_depth : script->depth,
                  .policy = script->policy ? lookaside_policy_find(script->policy) : NULL},
    };
}

static void do_new(unsigned nr)
{
    struct hand *hand = my_hand();
    struct lookaside_config config = config_of();

    (void)nr;
    config.allocate = NULL;
    config.free = NULL;
    if (lookaside_init(&hand->second, &config))
        sched_fail("a second list cannot be made");
    hand->has_second = true;
}

static void do_end(unsigned nr)
{
    struct hand *hand = my_hand();

    (void)nr;
    if (hand->has_second)
        lookaside_fini(&hand->second);
    hand->has_second = false;
    memset(&hand->second, 0xE5, sizeof hand->second);
}

static void do_use(unsigned nr)
{
    struct hand *hand = &hands[nr % SCHED_THREADS];
    void *entry;

    if (!hand->has_second)
        sched_fail("thread %s has no list", sched_name(nr % SCHED_THREADS));
    entry = lookaside_alloc(&hand->second);
    lookaside_free(&hand->second, entry);
}

static void do_exit(unsigned nr)
{
    (void)nr;
    sched_run_destructors();
}

static bool visit(struct lookaside *each, void *nr_seen)
{
    if (each->size != ORACLE_BYTES)
        sched_fail("a walk over the lists finds one that has ended");
    ++*(unsigned *)nr_seen;
    return true;
}

static void do_walk(unsigned nr)
{
    unsigned nr_seen = 0;

    (void)nr;
    lookaside_for_each(visit, &nr_seen);
    if (nr_seen == 0)
        sched_fail("a walk over the lists does not find the one that is there");
}

static const struct word {
    const char *name;
    void (*run)(unsigned nr);
    const char *what;
} words[] = {
    {"alloc", do_alloc, "takes n entries into the thread's hand"},
    {"free", do_free, "gives back the n taken last"},
    {"free-oldest", do_free_oldest, "gives back the n taken first"},
    {"bulk-alloc", do_bulk_alloc, "takes n in one call"},
    {"bulk-free", do_bulk_free, "gives back n in one call"},
    {"pairs", do_pairs, "n times alloc and free"},
    {"flush", do_flush, ""},
    {"trim", do_trim, "leaves n"},
    {"depth", do_depth, "sets the limit to n"},
    {"tick", do_tick, "of all lists"},
    {"stats", do_stats, ""},
    {"leave", do_leave, "lookaside_thread_exit()"},
    {"cpu", do_cpu, "goes on on CPU n"},
    {"balancer-start", do_balancer_start, "which may tick n times"},
    {"balancer-stop", do_balancer_stop, ""},
    {"new", do_new, "makes a list of the thread's own"},
    {"end", do_end, "ends it"},
    {"use", do_use, "alloc and free on the list of thread n, where A is 1"},
    {"exit", do_exit, "what a thread does at its exit; it may go on as another"},
    {"walk", do_walk, "over all lists"},
    {"own", inside_own, "n sections of the owner of a biased lock"},
    {"visit", inside_visit, "n visits to it"},
    {"claim", inside_claim, "claims n credits"},
    {"return", inside_return, "returns n credits"},
    {"section", inside_section, "n sections under a spinlock"},
};

void script_list_words(void)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        printf("  %-16s%s\n", words[i].name, words[i].what);
}

static const struct word *find_word(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].name) == length && memcmp(words[i].name, text, length) == 0)
            return &words[i];
    }
    return NULL;
}

/* The next word of *text and its number (1 where there is none); NULL at the end. */
static const char *next_word(const char **text, size_t *length, unsigned *nr)
{
    const char *begin = *text + strspn(*text, " "), *end;
    char *after;

    if (*begin == '\0')
        return NULL;
    end = begin + strcspn(begin, " =");
    *length = (size_t)(end - begin);
    *nr = 1;
    *text = end;
    if (*end == '=') {
        *nr = (unsigned)strtoul(end + 1, &after, 10);
        *text = after;
    }
    return begin;
}

static bool are_valid(const char *text, const char **unknown, size_t *length)
{
    unsigned nr;

    while (text && (*unknown = next_word(&text, length, &nr))) {
        if (!find_word(*unknown, *length))
            return false;
    }
    return true;
}

bool script_is_valid(const struct sched_script *asked, const char **unknown, size_t *length)
{
    for (unsigned i = 0; i <= SCHED_SCRIPTS; i++) {
        if (!are_valid(asked->setup[i], unknown, length))
            return false;
    }
    for (unsigned i = 0; i < SCHED_SCRIPTS; i++) {
        if (!are_valid(asked->threads[i], unknown, length))
            return false;
    }
    return true;
}

static void *run_words(void *argument)
{
    const char *text = argument, *word;
    size_t length;
    unsigned nr;

    while ((word = next_word(&text, &length, &nr))) {
        const struct word *found = find_word(word, length);

        if (sched_tracing)
            sched_note("%s %u", found->name, nr);
        found->run(nr);
    }
    return NULL;
}

/* --- interleavings --- */

static void *make_list(void *unused)
{
    struct lookaside_config config = config_of();
    int error;

    (void)unused;
    oracle_begin(script->depth);
    inside_begin(script->depth);
    error = lookaside_init(&list, &config);
    if (error)
        sched_fail("the list cannot be made: %s", strerror(-error));
    return NULL;
}

static void *check(void *unused)
{
    (void)unused;
    inside_check();
    oracle_check_quiet(&list);
    oracle_removal_begins();
    lookaside_fini(&list);
    oracle_check_end();
    return NULL;
}

static void keep(void)
{
    sched_keep();
    oracle_keep();
    kept_list = list;
    memcpy(kept_hands, hands, sizeof hands);
}

static void put_back(void)
{
    sched_put_back();
    oracle_put_back();
    list = kept_list;
    memcpy(hands, kept_hands, sizeof hands);
}

/* A script's text, which threads only read. */
static void *text_of(const char *text)
{
    return (void *)(uintptr_t)text;
}

bool script_set_up(const struct sched_script *asked)
{
    script = asked;
    sched_world.no_membarrier = script->no_membarrier;
    if (!sched_run_alone(SCHED_MAIN, make_list, NULL))
        return false;
    for (unsigned i = 0; i <= SCHED_SCRIPTS; i++) {
        sched_world.threads[i].cpu = i > 0 ? i - 1 : 0;
        if (script->setup[i] && !sched_run_alone(i, run_words, text_of(script->setup[i])))
            return false;
    }
    for (unsigned i = 0; i < SCHED_SCRIPTS; i++) {
        if (script->threads[i])
            sched_add_thread(i + 1, run_words, text_of(script->threads[i]));
    }
    keep();
    return true;
}

bool script_run(void)
{
    put_back();
    return sched_run() && sched_run_alone(SCHED_MAIN, check, NULL);
}

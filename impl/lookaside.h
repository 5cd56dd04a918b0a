/* SPDX-License-Identifier: MIT */
/*
 * lookaside.h: lookaside lists, caches of fixed-size free buffers.
 *
 * A lookaside list keeps buffers ("entries") of one size that were freed, and hands them out again
 * without asking the allocator behind it. When the list has none, its allocate routine is called
 * (a miss); when it already holds as many as its depth allows, the freed entry goes to its free
 * routine. How entries are kept is the business of a strategy, chosen per list at run time.
 *
 * Every call here may be made by any thread at any time without a lock of the caller's, except
 * lookaside_init() and lookaside_fini(), which need the list to themselves. Allocate and free
 * routines run on the calling thread, before the call returns, and with no lock of the library
 * held: they may block, and may use this or any other list.
 *
 * What a list does not do: it does not own the entries that callers hold, does not initialise or
 * clear memory (only the first 8 bytes of a kept entry may be overwritten).
 *
 * Signal handlers. With the strategy percpu, alloc and free, one by one and in bulk, are
 * async-signal-safe as far as the list's routines are; the default routines are not, being the C
 * library's. A handler that interrupted its own thread inside the slow part of a call on such a
 * list gets a miss, or its entry goes to the free routine, whatever the list holds. No other call
 * is safe in a handler, and none with another strategy.
 *
 * Code that runs restartable sequences must stay mapped, because the kernel may look at the last
 * sequence of a thread long after. The shared library does (it is linked with -z nodelete); a
 * plugin that contains the static library, or a bound fast path (LOOKASIDE_BIND), must be linked
 * with -z nodelete as well, or dlclose() of it can end the program with a segmentation fault.
 */
#ifndef LOOKASIDE_H
#define LOOKASIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOOKASIDE_HAS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LOOKASIDE_HAS_ASAN 1
#endif

/* Entries that a list holds count as freed memory: with the address sanitizer a use of one is
 * reported. Both macros are empty in ordinary builds. */
#ifdef LOOKASIDE_HAS_ASAN
#include <sanitizer/asan_interface.h>
#define LOOKASIDE_POISON(entry, size) ASAN_POISON_MEMORY_REGION(entry, size)
#define LOOKASIDE_UNPOISON(entry, size) ASAN_UNPOISON_MEMORY_REGION(entry, size)
#else
#define LOOKASIDE_POISON(entry, size) ((void)(entry), (void)(size))
#define LOOKASIDE_UNPOISON(entry, size) ((void)(entry), (void)(size))
#endif

#ifdef __cplusplus
#define LOOKASIDE_ATOMIC(type) type /* same layout; C++ code never touches these fields */
extern "C" {
#else
#define LOOKASIDE_ATOMIC(type) _Atomic(type)
#endif

#if defined(__GNUC__)
#define LOOKASIDE_API __attribute__((visibility("default")))
#define LOOKASIDE_LIKELY(condition) __builtin_expect(!!(condition), 1)
#else
#define LOOKASIDE_API
#define LOOKASIDE_LIKELY(condition) (condition)
#endif

/* The largest depth a list may be given, in entries. */
#define LOOKASIDE_DEPTH_LIMIT (UINT32_C(1) << 20)

/* The largest entry size, in bytes. */
#define LOOKASIDE_SIZE_LIMIT ((size_t)1 << 30)

/* Bytes inside struct lookaside that belong to the strategy (two cache lines). */
#define LOOKASIDE_STATE_BYTES 128

/* A tag of four characters, first character in the lowest byte (as WDM pool tags are written). */
#define LOOKASIDE_TAG(a, b, c, d)                                       \
    ((uint32_t)(unsigned char)(a) | (uint32_t)(unsigned char)(b) << 8 | \
     (uint32_t)(unsigned char)(c) << 16 | (uint32_t)(unsigned char)(d) << 24)

struct lookaside;
struct lookaside_strategy;
struct lookaside_miss_counters;
struct la_watch;

/* Called on a miss with the list's (rounded) entry size in bytes. Returns memory of at least that
 * size, aligned to at least 16 bytes, or NULL, which the caller of lookaside_alloc() then gets. */
typedef void *lookaside_allocate_fn(struct lookaside *list, size_t size);

/* Called with an entry that leaves the list: refused because the list is full, flushed, or
 * trimmed. The memory is the routine's; it may be unmapped at once. */
typedef void lookaside_free_fn(struct lookaside *list, void *entry);

/* What a depth policy sees of one list at one tick. Counts are since the previous tick. */
struct lookaside_tick {
    uint64_t now_ns;    /* the clock at this tick, nanoseconds (see lookaside_set_clock) */
    uint64_t allocates; /* allocations asked for */
    uint64_t misses;    /* of those, the ones the list could not serve */
    uint32_t depth;     /* current limit, entries */
    uint32_t min_depth; /* bounds that the policy's answer must keep */
    uint32_t max_depth;
    uint32_t held;           /* entries in the list at this tick */
    uint32_t least_held;     /* the fewest of the interval: what its ticks saw, what it began with,
                                and 0 if an allocation missed in it */
    uint32_t interval_ticks; /* ticks of the interval so far, this one included; from 1 */
    bool interval_idle;      /* nothing was allocated in the interval: least_held is exact */
};

/*
 * A depth policy: pure functions from what happened to the next limit, and to what a tick leaves in
 * the list. A policy whose next_depth grows the depth needs ticks before the list keeps anything
 * much; one that has keep can leave the depth at its maximum, and without ticks the list is then as
 * good as a fixed one.
 */
struct lookaside_policy {
    const char *name;
    const char *summary; /* one line for --help and reports */
    const void *parameters;
    uint32_t (*next_depth)(const void *parameters, const struct lookaside_tick *tick);

    /* How many entries the tick leaves, at least min_depth; the rest goes to the free routine. NULL
     * = as many as the depth allows. */
    uint32_t (*keep)(const void *parameters, const struct lookaside_tick *tick);
    uint32_t interval_ticks; /* after so many a new interval begins; 0 = 1, at most 65535 */
};

/* Depth limits of a list, in entries; zero fields take the default named. */
struct lookaside_depth {
    uint32_t initial; /* fixed: 256; with another policy: 4, or max if the policy has keep */
    uint32_t min;     /* fixed: 0; with another policy: 4; never above initial */
    uint32_t max;     /* 256, or initial if that is larger; at most LOOKASIDE_DEPTH_LIMIT */
    const struct lookaside_policy *policy; /* NULL = fixed: no tick changes the depth; see
                                              lookaside_adaptive_policy() */
};

/* What a list is asked to do beyond its duty; 0 in programs that nobody searches for mistakes.
 * LOOKASIDE_HARDENED: what cannot be an entry is refused, see enum lookaside_finding_kind.
 * LOOKASIDE_CHECKED: the list is checked, see enum lookaside_finding_kind.
 * LOOKASIDE_ADOPTS: to a checked list, memory that did not come from it may be freed as well.
 * LOOKASIDE_ROOMY: the allocate routine gives as much as it is told even if that is more than the
 * list's entries take, so that a checked list can put a canary behind them. The default has it. */
enum lookaside_flags {
    LOOKASIDE_CHECKED = 1,
    LOOKASIDE_ADOPTS = 2,
    LOOKASIDE_ROOMY = 4,
    LOOKASIDE_HARDENED = 8
};

/* How to make a list. A zeroed struct with a size is a good configuration. */
struct lookaside_config {
    size_t size;  /* entry size in bytes; rounded up to 8; at most LOOKASIDE_SIZE_LIMIT */
    size_t align; /* alignment that the default allocate routine keeps, a power of two;
                     0 = 16, or the page size for entries of a page and more */
    uint32_t tag; /* LOOKASIDE_TAG(...), shown in statistics; 0 = none */
    const struct lookaside_strategy *strategy; /* NULL = lookaside_default_strategy() */
    lookaside_allocate_fn *allocate;           /* NULL = the C library's allocator */
    lookaside_free_fn *free;                   /* NULL = free(3) */
    struct lookaside_depth depth;
    uint32_t flags; /* of enum lookaside_flags */
};

/*
 * One list. The storage is the caller's, so that routines can reach the structure that embeds it;
 * it must not move while the list lives. All fields are the library's; size, tag and strategy may
 * be read. Three kinds of lines: read-mostly (hot), the strategy's own, and cold bookkeeping.
 */
struct lookaside {
    /* Line 0: written by init only, except limit, which set_depth and ticks write. */
    void *(*take)(struct lookaside *list);             /* what alloc and free call: */
    void (*give)(struct lookaside *list, void *entry); /* misses and all */
    size_t size;                                       /* bytes per entry, rounded */
    LOOKASIDE_ATOMIC(uint32_t) limit; /* entries the whole list may hold now: the depth */
    uint32_t bound; /* layout that bound callers may rely on, see LOOKASIDE_BIND; 0: none */
    const struct lookaside_strategy *strategy;
    lookaside_allocate_fn *allocate;
    lookaside_free_fn *free;
    struct lookaside_miss_counters *misses; /* striped; written on misses only */

    /* Lines 1 and 2: the strategy's. */
    unsigned char state[LOOKASIDE_STATE_BYTES] __attribute__((aligned(64)));

    /* Cold: init, fini, ticks, statistics, bulk. */
    void *(*pop)(struct lookaside *list); /* take and give without the misses */
    bool (*push)(struct lookaside *list, void *entry);
    struct la_watch *watch;      /* of a checked list, or under valgrind; NULL: none */
    pthread_mutex_t maintenance; /* orders depth changes and the fields below */
    struct lookaside_depth depth;
    uint64_t last_allocates; /* counters at the previous tick */
    uint64_t last_misses;
    size_t align;
    uint32_t tag;
    uint32_t least_held;                       /* of the interval that ticks show to policies */
    void (*refreshed)(struct lookaside *list); /* after init, tick, flush, before the end of fini */
    struct lookaside *live_next;               /* the live lists' chain, under its lock */
    struct lookaside *live_previous;
    uint32_t pins;           /* walkers that stand on this list; fini waits for none */
    uint16_t interval_ticks; /* since that interval began */
    bool interval_busy;      /* something was allocated in it */
    bool hardened;           /* LOOKASIDE_HARDENED */
    const void *storage;     /* what the program knows as the list: this, or a Windows-style one */
    size_t storage_bytes;    /* of it; 0: no longer this list's */
} __attribute__((aligned(64)));

/* A snapshot. Exact when no other thread is inside a call on the list; may lag while some are. */
struct lookaside_stats {
    uint64_t total_allocates;   /* calls of alloc, failed ones included */
    uint64_t allocate_misses;   /* of those, the ones that called the allocate routine */
    uint64_t allocate_failures; /* of those, the ones that got NULL */
    uint64_t total_frees;       /* calls of free */
    uint64_t free_misses;       /* of those, the ones that called the free routine */
    uint64_t released;          /* entries that flush, trim and ticks gave to the free routine */
    uint64_t held;              /* entries in the list now */
    uint32_t depth;             /* the limit now */
    uint32_t min_depth;
    uint32_t max_depth;
};

/*
 * Makes a list in *list, whatever those bytes held before. Nothing is allocated for entries and
 * no routine is called. Errors, with the storage untouched: -EINVAL (NULL list or config, storage
 * not aligned to 64, size or depth beyond its limit, align not a power of two, min > initial or
 * initial > max, unknown flags), -ENOTSUP (the strategy cannot run here), -ENOMEM.
 * Thread-safety: the caller's alone.
 */
LOOKASIDE_API int lookaside_init(struct lookaside *list, const struct lookaside_config *config);

/*
 * Releases every held entry through the free routine and ends the list; entries that callers still
 * hold stay theirs. Waits for a tick that is on this list. On return the storage may be reused.
 * Thread-safety: the caller's alone; not from a routine of this list.
 */
LOOKASIDE_API void lookaside_fini(struct lookaside *list);

/* What take and give do when the strategy has no entry, or keeps none; not for direct use. */
LOOKASIDE_API void *lookaside_alloc_miss(struct lookaside *list);
LOOKASIDE_API void lookaside_free_miss(struct lookaside *list, void *entry);

/*
 * Bound build: a file that defines LOOKASIDE_BIND to the name of a strategy before it includes this
 * header gets that strategy's fast path compiled into its own code, without the indirect call:
 *
 *     #define LOOKASIDE_BIND percpu
 *     #include <lookaside.h>
 *
 * Nothing else changes, and nothing can break by it: a list of another strategy, or of a library
 * whose layout is not the one that the caller was compiled for, is served through its operations as
 * ever. Slow paths stay in the library. Strategies that can be bound to have a header in
 * strategies/bind, which has to be on the include path by its parent directory: percpu, magazine
 * and spinlock. The header says what a strategy binds, and what plugins have to heed. C only.
 */
#ifdef LOOKASIDE_BIND
#ifdef __cplusplus
#error "LOOKASIDE_BIND is for C: include lookaside.h without it from C++"
#endif
#define LOOKASIDE_BIND_FILE(name) <bind/name.h>
#define LOOKASIDE_BIND_FILE_OF(name) LOOKASIDE_BIND_FILE(name)
#include LOOKASIDE_BIND_FILE_OF(LOOKASIDE_BIND)
#define LOOKASIDE_BOUND(operation, name) la_bound_##operation##_##name
#define LOOKASIDE_BOUND_OF(operation, name) LOOKASIDE_BOUND(operation, name)
#define LOOKASIDE_TAKE(list) LOOKASIDE_BOUND_OF(take, LOOKASIDE_BIND)(list)
#define LOOKASIDE_GIVE(list, entry) LOOKASIDE_BOUND_OF(give, LOOKASIDE_BIND)(list, entry)
#else
#define LOOKASIDE_TAKE(list) (list)->take(list)
#define LOOKASIDE_GIVE(list, entry) (list)->give(list, entry)
#endif

/* The end of every allocation, for the address sanitizer. Not for direct use. */
static inline void *lookaside_taken(const struct lookaside *list, void *entry)
{
    if (entry)
        LOOKASIDE_UNPOISON(entry, list->size);
    return entry;
}

/*
 * Takes an entry: the one freed last, as far as this thread can see, or else a new one from the
 * allocate routine. The contents are undefined. NULL when the routine gave NULL.
 * Thread-safety: any thread.
 */
static inline void *lookaside_alloc(struct lookaside *list)
{
    return lookaside_taken(list, LOOKASIDE_TAKE(list));
}

/*
 * Gives an entry back, from any thread. It is kept if the list holds fewer than its depth, else
 * the free routine gets it. The entry must have come from this list, or from memory that the free
 * routine accepts and that is at least size bytes; NULL is not allowed.
 * Thread-safety: any thread.
 */
static inline void lookaside_free(struct lookaside *list, void *entry)
{
    LOOKASIDE_POISON(entry, list->size);
    LOOKASIDE_GIVE(list, entry);
}

/*
 * Takes up to nr entries into entries[]; the return value says how many (fewer only when the
 * allocate routine gave NULL). Counts as that many allocations. Thread-safety: any thread.
 */
LOOKASIDE_API size_t lookaside_alloc_bulk(struct lookaside *list, void **entries, size_t nr);

/* Gives nr entries back, entries[nr - 1] last. Counts as nr frees. Thread-safety: any thread. */
LOOKASIDE_API void lookaside_free_bulk(struct lookaside *list, void *const *entries, size_t nr);

/*
 * Releases every entry held at some moment during the call through the free routine, newest first
 * as far as one order exists. Depth and counters of allocations and frees stay. Returns the number
 * released. Thread-safety: any thread.
 */
LOOKASIDE_API size_t lookaside_flush(struct lookaside *list);

/* The same, but leaves up to keep entries. Thread-safety: any thread. */
LOOKASIDE_API size_t lookaside_trim(struct lookaside *list, size_t keep);

/* Gives what the calling thread alone can reach in this list to all threads: for a pooled thread
 * that goes idle. A thread that exits does this by itself. Thread-safety: any thread. */
LOOKASIDE_API void lookaside_thread_exit(struct lookaside *list);

/* Fills *stats. Thread-safety: any thread. */
LOOKASIDE_API void lookaside_get_stats(struct lookaside *list, struct lookaside_stats *stats);

/*
 * Sets the limit to depth entries and releases what is above it. The policy goes on from there;
 * its ceiling rises with the depth if need be. Errors: -EINVAL (above LOOKASIDE_DEPTH_LIMIT),
 * -ENOMEM (limit unchanged). Thread-safety: any thread.
 */
LOOKASIDE_API int lookaside_set_depth(struct lookaside *list, uint32_t depth);

/* One tick over all live lists: every policy sets its list's depth, surplus is released on this
 * thread, idle shards give back. Returns the number of lists. Thread-safety: any thread; a routine
 * that runs inside a tick must not end its own list. */
LOOKASIDE_API size_t lookaside_balance(void);

/* Starts the background thread that ticks once in period_ns nanoseconds (0 = one second). fork()
 * waits until it is in no list, though not for its routines; the child has no such thread and may
 * start one. Errors: -EALREADY (it runs), or pthread_create's. Thread-safety: any thread. */
LOOKASIDE_API int lookaside_balancer_start(uint64_t period_ns);

/* Stops it and waits for it; nothing if it does not run. Not from a list's routine. */
LOOKASIDE_API void lookaside_balancer_stop(void);

/* The clock that ticks show to policies, nanoseconds from any origin; NULL = CLOCK_MONOTONIC.
 * For tests with a clock of their own. Thread-safety: not while a tick runs. */
LOOKASIDE_API void lookaside_set_clock(uint64_t (*now_ns)(void));

/* Calls visit for every live list until it returns false; lists that appear meanwhile may be
 * missed. visit may use the list, but not end it. Thread-safety: any thread. */
LOOKASIDE_API void lookaside_for_each(bool (*visit)(struct lookaside *list, void *context),
                                      void *context);

/*
 * The policy to give to a list whose memory should follow its demand: `working-set`. A list whose
 * configuration names no policy has `fixed`, because that needs no tick, loses no hit within its
 * depth, and keeps no more than depth x size bytes. Lists with Windows names have `balance`. What
 * each policy costs in hits and in memory is measured by `lookaside adapt`, and the reasons for
 * this choice stand with the figures in bench/README.md. Thread-safety: any thread.
 */
LOOKASIDE_API const struct lookaside_policy *lookaside_adaptive_policy(void);

/* Depth policies, by index (NULL past the last) and by name (NULL if unknown). */
LOOKASIDE_API const struct lookaside_policy *lookaside_policy_at(size_t index);
LOOKASIDE_API const struct lookaside_policy *lookaside_policy_find(const char *name);

/* Strategies, by index (NULL past the last) and by name (NULL if unknown). */
LOOKASIDE_API const struct lookaside_strategy *lookaside_strategy_at(size_t index);
LOOKASIDE_API const struct lookaside_strategy *lookaside_strategy_find(const char *name);
LOOKASIDE_API const char *lookaside_strategy_name(const struct lookaside_strategy *strategy);

/* What a list gets whose configuration names no strategy: what the last call of the setter said,
 * else the environment's LOOKASIDE_STRATEGY if it names a known one, else percpu. A word that the
 * library does not know, there or in another variable of its own, is told of in one line on stderr,
 * once, and ignored.
 *
 * The setter's NULL is as if it had never been called; it holds for lists that begin later.
 * Thread-safety: any thread. */
LOOKASIDE_API const struct lookaside_strategy *lookaside_default_strategy(void);
LOOKASIDE_API void lookaside_set_default_strategy(const struct lookaside_strategy *strategy);

/*
 * Checked lists. A list with LOOKASIDE_CHECKED in its flags, and every list of a process whose
 * environment has LOOKASIDE_CHECKED=1 (=adopts: with LOOKASIDE_ADOPTS), is checked. Every call on
 * it then costs microseconds instead of nanoseconds, and the memory of its entries once more:
 *
 *   finding               when
 *   double free           an entry is freed that the list holds, or that has left it
 *   foreign entry         memory is freed that is not an entry of this list: another list's, the
 *                         middle of an entry, or (without LOOKASIDE_ADOPTS) any other
 *   overrun               bytes behind an entry are not as they were: when it is freed, taken or
 *                         released. Where the memory is the default routine's or LOOKASIDE_ROOMY,
 *                         and without LOOKASIDE_ADOPTS
 *   write after free      a byte of a held entry was changed: when it is taken or released. Of
 *                         large entries, the first 64 KiB
 *   reinitialised         init where a live list is; one of both is checked
 *   not live              fini of what is no live list, while any list is or was checked
 *   left alive            at exit, a checked list without fini
 *   freed list            an entry is freed that contains a live list; so is other memory with a
 *                         live checked list in it, where the program says what it gives back:
 *                         lookaside_may_free()
 *
 * While an entry is held its bytes are overwritten, and restored when it leaves: who reads it then
 * reads nonsense. What a hook lets pass: the entry is not taken back, the old list is abandoned,
 * fini does nothing, the memory is not freed. Overruns and writes after free are told, and the call
 * goes on.
 *
 * Hardened lists: those with LOOKASIDE_HARDENED in their flags, every list of a process whose
 * environment has LOOKASIDE_HARDENED=1, and of the strategies slist and spinlock all. They refuse,
 * and tell of, a free (not in bulk) of what is not aligned to 8, and of the entry that the calling
 * thread would be given next; they would else hand it out twice. strategies/README.md has the
 * price.
 */
enum lookaside_finding_kind {
    LOOKASIDE_DOUBLE_FREE = 1,
    LOOKASIDE_FOREIGN_ENTRY,
    LOOKASIDE_OVERRUN,
    LOOKASIDE_WRITE_AFTER_FREE,
    LOOKASIDE_REINITIALISED,
    LOOKASIDE_NOT_LIVE,
    LOOKASIDE_LEFT_ALIVE,
    LOOKASIDE_FREED_LIST,
    LOOKASIDE_SMALL_BLOCK, /* lists with Windows names only, see wdm_extra.h */
    LOOKASIDE_MISALIGNED_ENTRY
};

/* A stack: return addresses, the innermost first. */
struct lookaside_origin {
    void *const *frames;
    unsigned nr;
};

/* What was found. Everything is valid until the hook returns. */
struct lookaside_finding {
    enum lookaside_finding_kind kind;
    const char *what; /* one line */
    const void *list; /* the list's storage */
    uint32_t tag;     /* its tag, 0 where there is none, and size; of the list in the way if the
                         finding is about two */
    size_t size;
    bool windows;        /* the list has Windows names */
    const void *entry;   /* NULL where there is none */
    const void *address; /* the first wrong byte, or the pointer that was freed; NULL: none */
    /* nr = 0 where it is not known. Of a finding about a list as a whole, allocated is where that
     * was initialised, if it is a checked one. */
    struct lookaside_origin here, allocated, freed;
};
typedef void lookaside_finding_fn(const struct lookaside_finding *finding);

/* Called on the thread that erred, with no lock held. NULL restores the default: a report with
 * stacks on standard error, then abort(). Gives the hook before, NULL for the default.
 * Thread-safety: any thread. */
LOOKASIDE_API lookaside_finding_fn *lookaside_set_finding_hook(lookaside_finding_fn *hook);

/*
 * To be asked before memory is given back: is there no live checked list in it? If there is one,
 * that is a finding (freed list), and false, if a hook let it pass: the memory must stay. For the
 * allocators of a program's own. The C library's free(), realloc() and munmap() ask in a program
 * that is linked with liblookaside_frees.a (behind liblookaside.a), or that uses liblookaside.so
 * and is started with LD_PRELOAD=liblookaside_frees.so. A realloc() counts as a free even where it
 * would not move the block. Under the address and the thread sanitizer free() and realloc() ask
 * without either, and go on in any case. Valgrind leaves a program its free() only if it is told
 * --soname-synonyms=somalloc=nouserintercepts.
 *
 * Nobody asks when a function with a list among its variables returns, for a thread's stack, for
 * what dlclose() or mremap() takes away, or a mapping covers. And the answer is true if it would
 * take waiting for another thread that keeps beginning or ending lists.
 *
 * A load while no checked list lives; else no lock, but for memory near a list. In a signal handler
 * safe as long as nothing is found. Thread-safety: any thread.
 */
LOOKASIDE_API bool lookaside_may_release(const void *memory, size_t bytes);

/* The same for a block of malloc()'s, as large as malloc_usable_size() says; NULL: true. */
LOOKASIDE_API bool lookaside_may_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif

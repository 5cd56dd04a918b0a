/* SPDX-License-Identifier: MIT */
/* work.c: see work.h. */
#include "work.h"

#include <math.h>
#include <stdint.h>

#include "clock.h"
#include "platform.h"

enum { STRETCH = 256, NR_STRETCHES = 400 };

struct line {
    _Alignas(LA_CACHE_LINE) unsigned char bytes[LA_CACHE_LINE];
};

static _Thread_local uint64_t chain = 1;
static _Thread_local struct line object;

/* Nobody knows the product before it is made: the empty statement may have changed it. */
static inline void multiply(unsigned nr)
{
    uint64_t product = chain;

    for (unsigned i = 0; i < nr; i++) {
        product *= UINT64_C(6364136223846793005);
        __asm__ volatile("" : "+r"(product));
    }
    chain = product;
}

static void release_nothing(void *memory)
{
    (void)memory;
}

/* Lengths are constants of the functions: an allocator's calls have nowhere to keep them. */
#define WORK(nr)                                   \
    static LA_HOT void *allocate_##nr(size_t size) \
    {                                              \
        (void)size;                                \
        multiply(nr);                              \
        return &object;                            \
    }
WORK(200)
WORK(210)
WORK(240)
WORK(400)

static const struct la_work works[LA_NR_WORKS] = {
    {"work-200+none", 200, {.allocate = allocate_200, .release = release_nothing}},
    {"work-200-again+none", 200, {.allocate = allocate_200, .release = release_nothing}},
    {"work-210+none", 210, {.allocate = allocate_210, .release = release_nothing}},
    {"work-240+none", 240, {.allocate = allocate_240, .release = release_nothing}},
    {"work-400+none", 400, {.allocate = allocate_400, .release = release_nothing}},
};

const struct la_work *la_work_at(size_t index)
{
    return index < LA_NR_WORKS ? &works[index] : NULL;
}

static double stretch_ns(const struct la_work *work)
{
    void *(*volatile allocate)(size_t) = work->calls.allocate;
    void (*volatile release)(void *) = work->calls.release;
    const uint64_t begin = la_ticks_begin();

    for (int i = 0; i < STRETCH; i++)
        release(allocate(1));
    return la_clock_ns(la_ticks_end() - begin) / STRETCH;
}

void la_work_ns(double *ns)
{
    for (size_t i = 0; i < LA_NR_WORKS; i++)
        ns[i] = HUGE_VAL;
    for (int i = 0; i < NR_STRETCHES; i++) {
        for (size_t j = 0; j < LA_NR_WORKS; j++)
            ns[j] = fmin(ns[j], stretch_ns(&works[j]));
    }
}

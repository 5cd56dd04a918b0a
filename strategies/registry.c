/* SPDX-License-Identifier: MIT */
/* registry.c: the table of strategies, made from strategies.def, and the default among them. */
#include <stdatomic.h>
#include <string.h>

#include "strategy.h"
#include "variable.h"

#define LOOKASIDE_STRATEGY(name) extern const struct lookaside_strategy la_strategy_##name;
#include "strategies.def"
#undef LOOKASIDE_STRATEGY

static const struct lookaside_strategy *const strategies[] = {
#define LOOKASIDE_STRATEGY(name) &la_strategy_##name,
#include "strategies.def"
#undef LOOKASIDE_STRATEGY
};

static const char *const names[] = {
#define LOOKASIDE_STRATEGY(name) #name,
#include "strategies.def"
#undef LOOKASIDE_STRATEGY
    NULL,
};

static const char default_name[] = "percpu";

/* Set by lookaside_set_default_strategy(); NULL: decided by the environment. */
static _Atomic(const struct lookaside_strategy *) chosen;

const struct lookaside_strategy *lookaside_strategy_at(size_t index)
{
    return index < sizeof strategies / sizeof *strategies ? strategies[index] : NULL;
}

const struct lookaside_strategy *lookaside_strategy_find(const char *name)
{
    const struct lookaside_strategy *strategy;

    for (size_t i = 0; (strategy = lookaside_strategy_at(i)); i++) {
        if (strcmp(strategy->name, name) == 0)
            return strategy;
    }
    return NULL;
}

const char *lookaside_strategy_name(const struct lookaside_strategy *strategy)
{
    return strategy->name;
}

static const struct lookaside_strategy *environment_names(void)
{
    static struct la_variable variable = {.name = "LOOKASIDE_STRATEGY", .words = names};
    const int word = la_variable_word(&variable);

    return lookaside_strategy_find(word < 0 ? default_name : names[word]);
}

const struct lookaside_strategy *lookaside_default_strategy(void)
{
    /* Relaxed: the pointee is constant. */
    const struct lookaside_strategy *strategy = atomic_load_explicit(&chosen, memory_order_relaxed);

    return strategy ? strategy : environment_names();
}

void lookaside_set_default_strategy(const struct lookaside_strategy *strategy)
{
    atomic_store_explicit(&chosen, strategy, memory_order_relaxed);
}

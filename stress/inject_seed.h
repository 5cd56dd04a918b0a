/* SPDX-License-Identifier: MIT */
/* inject_seed.h: where the delays of an injected build start from; set before any thread runs. */
#ifndef LOOKASIDE_INJECT_SEED_H
#define LOOKASIDE_INJECT_SEED_H

#include <stdint.h>

void stress_inject_seed(uint64_t value);

#endif

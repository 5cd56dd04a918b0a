/* SPDX-License-Identifier: MIT */
/* inside.h: words for what lists are made of: a biased lock, a spinlock, credits. Each with a
 * check of what it promises. */
#ifndef LOOKASIDE_SCHED_INSIDE_H
#define LOOKASIDE_SCHED_INSIDE_H

#include <stdint.h>

void inside_begin(uint32_t most);
void inside_own(unsigned nr);
void inside_visit(unsigned nr);
void inside_section(unsigned nr);
void inside_claim(unsigned nr);
void inside_return(unsigned nr);
void inside_check(void);

#endif

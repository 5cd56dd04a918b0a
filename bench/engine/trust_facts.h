/* SPDX-License-Identifier: MIT */
/* trust_facts.h: a run, as the rules of trust.h want to see it. */
#ifndef LA_TRUST_FACTS_H
#define LA_TRUST_FACTS_H

#include <stdio.h>

#include "runner.h"
#include "trust.h"

/* governor, aslr: NULL if there is none or it is not known; stay the caller's. */
struct la_trust_facts la_trust_facts_of(const struct la_plan *plan,
                                        const struct la_outcome *outcome, const char *governor,
                                        const char *aslr);

/* The verdict and its reasons, a line each. */
void la_trust_print(FILE *stream, const struct la_trust *trust);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * looks.h: when a measurement that goes on may be looked at, and what a look may claim.
 *
 * A duel stops as soon as all of it is decided. Who looks several times finds by chance what is not
 * there; so each look has a level of its own, and these add up to that of a single one. They are
 * spent as O'Brien and Fleming (A multiple testing procedure for clinical trials, 1979) would, by
 * the function of Lan and DeMets (Discrete sequential boundaries for clinical trials, 1983): little
 * early, when only a large difference could be proven, and most at the end. Taking a look's share
 * as the level of that look alone is Bonferroni's bound, on the safe side.
 */
#ifndef LA_GATE_LOOKS_H
#define LA_GATE_LOOKS_H

#include <stdbool.h>

enum { LA_GATE_LOOKS = 4 };

/* Whether there is a look after so many blocks of at most so many; *level: its share of all (0.05).
 */
bool la_gate_look(unsigned nr_blocks, unsigned most, double all, double *level);

#endif

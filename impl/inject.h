/* SPDX-License-Identifier: MIT */
/*
 * inject.h: delays at numbered points, so that a stress run meets the interleavings that a normal
 * run meets once a year.
 *
 * LA_INJECT(point) is nothing in an ordinary build. In a build with LOOKASIDE_INJECT it calls
 * la_inject(), which whoever links that build defines: it may spin, yield, or do nothing. Points
 * stand between two steps of which another thread could see the first without the second; never
 * inside a restartable sequence. Hundreds are files: 1xx list.c, 2xx spinlock.h and .c, 3xx live.c,
 * 4xx slist.c and hazard.c, 5xx percpu*.c, 6xx magazine*.c, 7xx biased.h,
 * 9xx bench/peers.
 */
#ifndef LOOKASIDE_INJECT_H
#define LOOKASIDE_INJECT_H

#ifdef LOOKASIDE_INJECT
void la_inject(unsigned point);
#define LA_INJECT(point) la_inject(point)
#else
#define LA_INJECT(point) ((void)0)
#endif

#endif

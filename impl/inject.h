/* SPDX-License-Identifier: MIT */
/*
 * inject.h: delays at numbered points, so that a stress run meets the interleavings that a normal
 * run meets once a year.
 *
 * LA_INJECT(point) is nothing in an ordinary build. In a build with LOOKASIDE_INJECT it calls
 * la_inject(), which whoever links that build defines: it may wait, let others run, move the thread
 * to another CPU, run a signal handler, or do nothing. Points stand between two steps of which
 * another thread could see the first without the second; never inside a restartable sequence, but
 * before and after one. Each number is used once and stands, with what the window is, in
 * stress/points.def. Hundreds are files: 1xx list.c and miss.c, 2xx spinlock*, 3xx live.c,
 * 4xx slist.c and hazard.c, 5xx percpu*, 6xx magazine*, 7xx biased.*, 8xx slots.c, 9xx bench/peers
 * and tests.
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

/* SPDX-License-Identifier: MIT */
/* cpu_list.h: lists of CPUs as the kernel writes them. */
#ifndef LOOKASIDE_ANALYSIS_CPU_LIST_H
#define LOOKASIDE_ANALYSIS_CPU_LIST_H

/* CPUs in a list such as "0-3,8"; 0 if it is none, or NULL. */
unsigned la_cpu_list_count(const char *list);

#endif

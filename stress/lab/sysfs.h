/* SPDX-License-Identifier: MIT */
/*
 * sysfs.h: the machine as the kernel describes it under /sys/devices/system, read without any
 * library: what placements are compared with.
 */
#ifndef LOOKASIDE_SYSFS_H
#define LOOKASIDE_SYSFS_H

#include "topology.h"

enum { SYSFS_MOST_CPUS = 1024 };

struct sysfs_cpu {
    unsigned os;
    unsigned domain[LA_NR_LEVELS]; /* the lowest CPU of the same domain; LA_NO_DOMAIN: not told */
    unsigned capacity;             /* of computing; 0: not told */
    unsigned rank;                 /* how many greater capacities there are */
};

/* The CPUs that are online and that the calling thread may use, in ascending order. */
struct sysfs_machine {
    unsigned nr_cpus;
    struct sysfs_cpu cpus[SYSFS_MOST_CPUS];
};

/* Whether there is a description. The caller's alone. */
bool sysfs_read(struct sysfs_machine *machine);

/* The CPU with this number, or NULL: offline or not to be used. */
const struct sysfs_cpu *sysfs_find(const struct sysfs_machine *machine, unsigned os);

/* What is left of a machine without CPUs of other ranks. */
void sysfs_cut(struct sysfs_machine *part, const struct sysfs_machine *whole, unsigned rank);

/* The number of different ranks. */
unsigned sysfs_kinds(const struct sysfs_machine *machine);

/* Whether no CPU before the one at index is of its domain, which is known. */
bool sysfs_is_first(const struct sysfs_machine *machine, enum la_level level, unsigned index);

/* Domains of a level that hold a usable CPU, and the usable CPUs of one. */
unsigned sysfs_domains(const struct sysfs_machine *machine, enum la_level level);
unsigned sysfs_size(const struct sysfs_machine *machine, enum la_level level, unsigned domain);

/* Cores that have a usable CPU in the domain. */
unsigned sysfs_cores(const struct sysfs_machine *machine, enum la_level level, unsigned domain);

#endif

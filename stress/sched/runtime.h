/* SPDX-License-Identifier: MIT */
/*
 * runtime.h: what code that was compiled with intercept.h calls in place of the machine, the C
 * library and the kernel. engine.h says how the answers come about.
 */
#ifndef LOOKASIDE_SCHED_RUNTIME_H
#define LOOKASIDE_SCHED_RUNTIME_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A place in the sources, for the listing of an interleaving. */
struct la_sched_site {
    const char *file;
    const char *what; /* the operation as it is written there */
    unsigned line;
};

enum la_sched_rmw { LA_SCHED_EXCHANGE, LA_SCHED_ADD, LA_SCHED_SUB, LA_SCHED_OR, LA_SCHED_AND };

/* Values travel in the low bytes of 64 bits; sizes are 1, 2, 4 and 8. */
uint64_t la_sched_load(const volatile void *at, size_t size, int order,
                       const struct la_sched_site *site);
void la_sched_store(volatile void *at, size_t size, uint64_t value, int order,
                    const struct la_sched_site *site);
uint64_t la_sched_rmw(enum la_sched_rmw kind, volatile void *at, size_t size, uint64_t operand,
                      const struct la_sched_site *site);
bool la_sched_cas(volatile void *at, size_t size, void *expected, uint64_t desired,
                  const struct la_sched_site *site);
bool la_sched_cas16(void *at, const void *expected, const void *desired,
                    const struct la_sched_site *site);
void la_sched_fence(int order, const struct la_sched_site *site);

void *la_sched_chain_next(const void *entry, const struct la_sched_site *site);
void la_sched_chain_set_next(void *entry, void *next, const struct la_sched_site *site);

/* One turn of a loop that waits for another thread. */
int la_sched_relax(const struct la_sched_site *site);
uint64_t la_sched_ticks(void);

int la_sched_mutex_init(pthread_mutex_t *mutex);
int la_sched_mutex_destroy(pthread_mutex_t *mutex, const struct la_sched_site *site);
int la_sched_mutex_lock(pthread_mutex_t *mutex, const struct la_sched_site *site);
int la_sched_mutex_trylock(pthread_mutex_t *mutex, const struct la_sched_site *site);
int la_sched_mutex_unlock(pthread_mutex_t *mutex, const struct la_sched_site *site);
int la_sched_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, bool ends,
                       const struct la_sched_site *site);
int la_sched_cond_wake(pthread_cond_t *condition, bool all, const struct la_sched_site *site);
int la_sched_once(pthread_once_t *once, void (*run)(void), const struct la_sched_site *site);
int la_sched_key_create(pthread_key_t *key, void (*at_exit)(void *));
int la_sched_setspecific(pthread_key_t key, const void *value);
int la_sched_create(pthread_t *thread, void *(*start)(void *), void *argument,
                    const struct la_sched_site *site);
int la_sched_join(pthread_t thread, const struct la_sched_site *site);
long la_sched_syscall(const struct la_sched_site *site, long number, ...);

/* What platform.c says elsewhere. */
unsigned la_sched_nr_cpus(void);
unsigned la_sched_current_cpu(void);
unsigned la_sched_thread_number(void);

/* The threads' variables of the code under test (intercept.h): one copy, exchanged at switches. */
extern unsigned char la_sched_tls_begin[] __asm__("__start_sched_tls");
extern unsigned char la_sched_tls_end[] __asm__("__stop_sched_tls");
void la_sched_tls(unsigned char **begin, unsigned char **end);

#endif

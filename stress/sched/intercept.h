/* SPDX-License-Identifier: MIT */
/*
 * intercept.h: included before everything else (-include) when impl/ and strategies/ are compiled
 * for the scheduler. The sources stay as they are: the names of C11's atomics, of POSIX threads
 * and of the few other things that threads meet by become macros that call runtime.h.
 *
 * A thread's variables become ordinary ones in a section of their own, which the scheduler
 * exchanges when it goes from one thread to another.
 */
#ifndef LOOKASIDE_SCHED_INTERCEPT_H
#define LOOKASIDE_SCHED_INTERCEPT_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cas16.h"
#include "chain.h"
#include "platform.h"
#include "sched/runtime.h"

#define _Thread_local __attribute__((section("sched_tls")))
#define tls_model(model) unused

#define LA_SCHED_SITE(text) static const struct la_sched_site la_site = {__FILE__, text, __LINE__}
#define LA_SCHED_CALL(text, call) \
    __extension__({               \
        LA_SCHED_SITE(text);      \
        call;                     \
    })
/* The type of what an atomic object holds: reading it drops the qualifiers. */
#define LA_SCHED_TYPE(at) __typeof__((void)0, *(at))
/* A value of type that was made of 64 bits. */
#define LA_SCHED_RESULT(type, text, call)                       \
    __extension__({                                             \
        LA_SCHED_SITE(text);                                    \
        type la_result;                                         \
        const uint64_t la_bits = call;                          \
        memcpy((void *)&la_result, &la_bits, sizeof la_result); \
        la_result;                                              \
    })
#define LA_SCHED_BITS(type, value)                                  \
    __extension__({                                                 \
        type la_value = (value);                                    \
        uint64_t la_wide = 0;                                       \
        memcpy(&la_wide, (const void *)&la_value, sizeof la_value); \
        la_wide;                                                    \
    })

/* Nobody else sees it yet: no scheduling point. */
#undef atomic_init
#define atomic_init(at, value)                                          \
    __extension__({                                                     \
        LA_SCHED_TYPE(at) la_value = (value);                           \
        memcpy((void *)(at), (const void *)&la_value, sizeof la_value); \
    })

#undef atomic_load_explicit
#undef atomic_store_explicit
#undef atomic_exchange_explicit
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and_explicit
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak_explicit
#undef atomic_thread_fence

#define atomic_load_explicit(at, order)                             \
    LA_SCHED_RESULT(LA_SCHED_TYPE(at), "load " #at " (" #order ")", \
                    la_sched_load((at), sizeof *(at), (order), &la_site))

#define atomic_store_explicit(at, value, order)                                               \
    LA_SCHED_CALL("store " #at " (" #order ")",                                               \
                  la_sched_store((at), sizeof *(at), LA_SCHED_BITS(LA_SCHED_TYPE(at), value), \
                                 (order), &la_site))

#define LA_SCHED_RMW(kind, at, value, text) \
    LA_SCHED_RESULT(                        \
        LA_SCHED_TYPE(at), text,            \
        la_sched_rmw(kind, (at), sizeof *(at), LA_SCHED_BITS(LA_SCHED_TYPE(at), value), &la_site))

#define atomic_exchange_explicit(at, value, order) \
    LA_SCHED_RMW(LA_SCHED_EXCHANGE, at, value, "exchange " #at " (" #order ")")
#define atomic_fetch_add_explicit(at, value, order) \
    LA_SCHED_RMW(LA_SCHED_ADD, at, value, "fetch_add " #at " (" #order ")")
#define atomic_fetch_sub_explicit(at, value, order) \
    LA_SCHED_RMW(LA_SCHED_SUB, at, value, "fetch_sub " #at " (" #order ")")
#define atomic_fetch_or_explicit(at, value, order) \
    LA_SCHED_RMW(LA_SCHED_OR, at, value, "fetch_or " #at " (" #order ")")
#define atomic_fetch_and_explicit(at, value, order) \
    LA_SCHED_RMW(LA_SCHED_AND, at, value, "fetch_and " #at " (" #order ")")

#define atomic_compare_exchange_strong_explicit(at, expected, desired, success, failure) \
    LA_SCHED_CALL("compare_exchange " #at " (" #success ")",                             \
                  la_sched_cas((at), sizeof *(at), (void *)(expected),                   \
                               LA_SCHED_BITS(LA_SCHED_TYPE(at), desired), &la_site))
#define atomic_compare_exchange_weak_explicit atomic_compare_exchange_strong_explicit

#define atomic_thread_fence(order) \
    LA_SCHED_CALL("thread_fence (" #order ")", la_sched_fence((order), &la_site))

#define la_cas16(at, expected, desired) \
    LA_SCHED_CALL("cas16 " #at, la_sched_cas16((at), (expected), (desired), &la_site))
#define la_chain_next(entry) \
    LA_SCHED_CALL("read the link of " #entry, la_sched_chain_next((entry), &la_site))
#define la_chain_set_next(entry, next) \
    LA_SCHED_CALL("write the link of " #entry, la_sched_chain_set_next((entry), (next), &la_site))

#define la_cpu_relax() LA_SCHED_CALL("wait", la_sched_relax(&la_site))
#define sched_yield() LA_SCHED_CALL("yield", la_sched_relax(&la_site))
#define __builtin_ia32_rdtsc() la_sched_ticks()

#define pthread_mutex_init(mutex, attributes) la_sched_mutex_init(mutex)
#define pthread_mutex_destroy(mutex) \
    LA_SCHED_CALL("destroy " #mutex, la_sched_mutex_destroy((mutex), &la_site))
#define pthread_mutex_lock(mutex) \
    LA_SCHED_CALL("lock " #mutex, la_sched_mutex_lock((mutex), &la_site))
#define pthread_mutex_trylock(mutex) \
    LA_SCHED_CALL("try to lock " #mutex, la_sched_mutex_trylock((mutex), &la_site))
#define pthread_mutex_unlock(mutex) \
    LA_SCHED_CALL("unlock " #mutex, la_sched_mutex_unlock((mutex), &la_site))
#define pthread_cond_init(condition, attributes) ((void)(condition), 0)
#define pthread_cond_destroy(condition) ((void)(condition), 0)
#define pthread_cond_wait(condition, mutex) \
    LA_SCHED_CALL("wait for " #condition, la_sched_cond_wait((condition), (mutex), false, &la_site))
#define pthread_cond_timedwait(condition, mutex, deadline) \
    LA_SCHED_CALL("wait for a time for " #condition,       \
                  ((void)(deadline), la_sched_cond_wait((condition), (mutex), true, &la_site)))
#define pthread_cond_signal(condition) \
    LA_SCHED_CALL("signal " #condition, la_sched_cond_wake((condition), false, &la_site))
#define pthread_cond_broadcast(condition) \
    LA_SCHED_CALL("broadcast " #condition, la_sched_cond_wake((condition), true, &la_site))
#define pthread_once(once, run) LA_SCHED_CALL("once " #run, la_sched_once((once), (run), &la_site))
#define pthread_key_create(key, at_exit) la_sched_key_create((key), (at_exit))
#define pthread_setspecific(key, value) la_sched_setspecific((key), (value))
#define pthread_create(thread, attributes, start, argument) \
    LA_SCHED_CALL("create thread " #start, la_sched_create((thread), (start), (argument), &la_site))
#define pthread_join(thread, result) \
    LA_SCHED_CALL("join " #thread, ((void)(result), la_sched_join((thread), &la_site)))
#define pthread_atfork(prepare, parent, child) ((void)(prepare), (void)(parent), (void)(child), 0)
#define pthread_sigmask(how, set, before) ((void)(set), (void)(before), 0)
#define syscall(...) \
    LA_SCHED_CALL("system call " #__VA_ARGS__, la_sched_syscall(&la_site, __VA_ARGS__))

#endif

/* SPDX-License-Identifier: MIT */
/*
 * credits.pml: the one limit of a sharded list, handed out in credits, while it falls and rises.
 * Each thread has a shard with a lock, for exclusive access as slab_swap.pml shows it. The store of
 * the limit is the only one that is not made under a lock or by a locked instruction: it waits in
 * the queue of memory.pml.
 *
 *   model                    strategies/
 *   claim                    credits.h la_credits_claim(), la_credits_excess(); percpu_slow.c
 *                            claim(); magazine_cache.c claim()
 *   push                     percpu_slow.c push_near(), make_room()
 *   recall                   percpu_remote.c percpu_recall(); credits.h la_credits_return()
 *   set_depth                impl/list.c lookaside_set_depth()
 *   trim                     percpu_all.c percpu_drain(), cut(), take_over_all(), cut_slabs();
 *                            credits.h la_credits_settled()
 *
 * Found to hold: shards never have more credits than are claimed; once a fall of the limit has
 * returned, no more is held than it allows; in the end no credit is lost.
 *
 * Defects, one at a time:
 *   -DOFF_BY_ONE       a claim counts one credit more than the limit has, both times that it looks
 *                      (the second look heals it where only the first is wrong)
 *   -DNO_REREAD        a claim does not look at the limit again
 *   -DNO_SETTLE        a trim reads the claims by a plain load
 *   -DTORN_CLAIM       a claim is a load and a store
 *   -DLOST_CREDIT      a trim does not give the credits of what it took back
 *   -DRETURN_FIRST     recalled credits go back before the shard has lost them
 *
 * -DLARGE gives each thread an operation more.
 */
#define NR 2
#ifdef LARGE
#define OPERATIONS 5
#else
#define OPERATIONS 4
#endif
#define HIGH 2
#define LOW 1
#define BATCH 2

#define LIMIT 1
#define NR_ADDRESSES 2
#define NR_BUFFERS 1 /* of the thread that sets the limit */
#include "memory.pml"

byte claimed, capacity[NR], depth[NR], allowed = HIGH, nr_ended;
bit locked[NR];

#define HELD (depth[0] + depth[1])
#define CREDITS (capacity[0] + capacity[1])

inline lock(shard)
{
    atomic { !locked[shard]; locked[shard] = 1 }
}

inline smaller(a, b, result)
{
    result = ((a) < (b) -> (a) : (b))
}

#ifdef OFF_BY_ONE
#define READ_LIMIT (mem[LIMIT] + 1)
#else
#define READ_LIMIT mem[LIMIT]
#endif

inline claim()
{
    limit = READ_LIMIT;
    seen = claimed;
    got = 0;
    do
    :: seen >= limit -> break
    :: else ->
        smaller(limit - seen, BATCH, got);
        atomic {
            if
#ifdef TORN_CLAIM
            :: true ->
#else
            :: claimed == seen ->
#endif
                claimed = seen + got;
                printf("T%d claims %d of limit %d: %d are claimed\n", me, got, limit, claimed);
                break
#ifndef TORN_CLAIM
            :: else -> seen = claimed; got = 0
#endif
            fi
        }
    od;
#ifndef NO_REREAD
    limit = READ_LIMIT;
    atomic {
        seen = claimed;
        if
        :: seen > limit && got > 0 ->
            smaller(seen - limit, got, seen);
            limit = 0
        :: else -> seen = 0
        fi
    };
    atomic {
        if
        :: seen > 0 ->
            got = got - seen;
            assert(claimed >= seen);
            claimed = claimed - seen;
            printf("T%d sees that the limit has fallen, gives %d back\n", me, seen)
        :: else
        fi
    };
#endif
    skip
}

inline put(shard)
{
    depth[shard]++;
    printf("T%d pushes, %d are held\n", me, HELD);
    assert(HELD <= allowed)
}

inline push()
{
    atomic {
        if
        :: !locked[me] && depth[me] < capacity[me] -> put(me); goto pushed
        :: else
        fi
    };
    lock(me);
    claim();
    atomic {
        capacity[me] = capacity[me] + got;
        assert(CREDITS <= claimed);
        if
        :: depth[me] < capacity[me] -> put(me)
        :: else
        fi;
        locked[me] = 0;
        limit = 0;
        seen = 0;
        got = 0
    };
pushed:
    skip
}

/* Another shard's unused credits. */
inline recall(shard)
{
    atomic {
        if
        :: !locked[shard] -> locked[shard] = 1
        :: else -> goto recalled
        fi;
        got = capacity[shard] - depth[shard]
    };
#ifdef RETURN_FIRST
    d_step { claimed = claimed - got; printf("T%d gives %d back first\n", me, got) };
    assert(CREDITS <= claimed);
#endif
    d_step { capacity[shard] = capacity[shard] - got; locked[shard] = 0 };
#ifndef RETURN_FIRST
    d_step {
        assert(claimed >= got);
        claimed = claimed - got;
        printf("T%d gives %d back\n", me, got)
    };
#endif
recalled:
    got = 0
}

proctype thread(byte me)
{
    byte operations = OPERATIONS, limit, seen, got;

    do
    :: operations == 0 -> break
    :: operations > 0 -> operations--; push()
    :: operations > 0 && capacity[1 - me] > depth[1 - me] ->
        operations--;
        recall(1 - me)
    :: atomic {
            operations > 0 && depth[me] > 0 && !locked[me];
            operations--;
            depth[me]--;
            printf("T%d pops, %d are held\n", me, HELD)
        }
    od;
    nr_ended++
}

inline cut(shard)
{
    atomic {
        got = got + capacity[shard] - depth[shard];
        smaller(surplus, depth[shard], i);
        surplus = surplus - i;
        got = got + i;
        depth[shard] = depth[shard] - i;
        capacity[shard] = depth[shard];
        locked[shard] = 0;
        i = 0
    }
}

inline trim(keep)
{
    atomic {
#ifndef NO_SETTLE
        drain_stores(0);
#endif
        got = 0;
        printf("trim to %d: %d are claimed\n", keep, claimed);
        if
        :: claimed <= keep -> goto trimmed
        :: else
        fi
    };
    lock(0);
    lock(1);
    surplus = (HELD > keep -> HELD - keep : 0);
    cut(0);
    cut(1);
#ifndef LOST_CREDIT
    d_step { assert(claimed >= got); claimed = claimed - got; printf("trim gives %d back\n", got) };
#endif
trimmed:
    atomic { got = 0; surplus = 0 }
}

inline set_depth(to)
{
    d_step {
        store(0, LIMIT, to);
        allowed = (allowed > to -> allowed : to);
        printf("limit %d\n", to)
    };
    trim(to);
    d_step { allowed = to; printf("limit %d: done\n", to); assert(HELD <= allowed) }
}

proctype setter()
{
    byte got, surplus, i;

    set_depth(LOW);
    d_step { allowed = HIGH; store(0, LIMIT, HIGH); printf("limit %d\n", HIGH) };
    nr_ended++
}

init
{
    atomic {
        mem[LIMIT] = HIGH;
        run memory(0);
        run thread(0);
        run thread(1);
        run setter()
    };
    atomic {
        nr_ended == NR + 1;
        assert(claimed == CREDITS);
        assert(HELD <= CREDITS)
    }
}

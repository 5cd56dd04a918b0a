/* SPDX-License-Identifier: MIT */
/*
 * tagged_stack.pml: the tagged stack with its flush, and reclamation by hazard pointers that are
 * carried from one operation to the next. Entries are unmapped as soon as the protocol says that
 * nobody reads them, and mapped again at the same address. Memory is that of memory.pml.
 *
 *   model                    strategies/
 *   look                     slist.c look(): the word, then the first entry
 *   pop                      slist.c take_in_turn(), take(); hazard.h la_hazard_enter(),
 *                            la_hazard_publish(), la_hazard_carry(), la_hazard_leave()
 *   push                     slist.c put_first(), is_full()
 *   refused                  slist.c push_slowly(); hazard.c la_hazard_wait_for(), wait_for_one()
 *   flush                    slist.c detach_all(), slist_drain(); hazard.c la_hazard_wait_for_all()
 *
 * Found to hold: no pop reads the link of an entry that is not mapped; no entry is handed out
 * twice; what is first in the stack is nobody's; depth counts what is in it.
 *
 * Defects, one at a time:
 *   -DNO_TAG           a change of the stack leaves the tag as it was
 *   -DNO_WAIT          a refused entry is unmapped at once
 *   -DNO_FLUSH_WAIT    what a flush took is unmapped at once
 *   -DNO_SECOND_LOOK   a pop publishes what it reads and does not look again
 *   -DNO_FENCE         who waits for a standing announcement does not fence
 *   -DCARRY_LATE       an operation announces what comes next after its swap, not before
 *
 * -DLARGE gives each thread an operation more.
 */
#define NR 2 /* threads */
#define NR_ENTRIES 3
#ifdef LARGE
#define MORE 1
#else
#define MORE 0
#endif

/* Addresses: links of the entries, then what each thread announces, and whether it is inside. */
#define LINK(entry) (entry)
#define ANNOUNCED(who) (NR_ENTRIES + 1 + (who))
#define INSIDE(who) (NR_ENTRIES + 1 + NR + (who))
#define NR_ADDRESSES 8
#define NR_BUFFERS NR
#include "memory.pml"

byte limit;
byte first, tag, depth; /* the head: changes by a swap of all three at once */
bit mapped[NR_ENTRIES + 1], held[NR_ENTRIES + 1];

#ifdef NO_TAG
#define NEXT_TAG(by) tag
#else
#define NEXT_TAG(by) (tag + (by))
#endif

/* Two loads: the swap must find torn looks out. */
inline look()
{
    atomic { seen_tag = tag; seen_depth = depth };
    seen = first
}

#define SWAP_WOULD_SUCCEED (first == seen && tag == seen_tag && depth == seen_depth)

inline wait_for_reader(entry)
{
#ifndef NO_FENCE
    d_step {
        printf("T%d fences all threads\n", me);
        drain_stores(0);
        drain_stores(1)
    };
#endif
    (mem[ANNOUNCED(other)] != entry || mem[INSIDE(other)] == 0)
}

inline unmap(entry)
{
    printf("T%d unmaps %d\n", me, entry);
    mapped[entry] = 0;
    held[entry] = 0
}

inline pop()
{
    d_step { store(me, INSIDE(me), 1); printf("T%d pop: inside\n", me) };
    do
    :: look();
        if
        :: seen == 0 -> break
        :: seen != 0 && LOAD(me, ANNOUNCED(me)) == seen ->
            printf("T%d pop: sees %d, announced before\n", me, seen)
        :: seen != 0 && LOAD(me, ANNOUNCED(me)) != seen ->
            d_step {
                store(me, ANNOUNCED(me), seen);
                drain_stores(me);
                printf("T%d pop: sees and announces %d\n", me, seen);
                found = seen
            };
#ifndef NO_SECOND_LOOK
            look();
            if
            :: seen != found -> goto again
            :: else
            fi
#endif
        fi;
        atomic {
            printf("T%d pop: reads the link of %d: %d\n", me, seen, LOAD(me, LINK(seen)));
            assert(mapped[seen]);
            rest = LOAD(me, LINK(seen))
        };
#ifndef CARRY_LATE
        d_step { store(me, ANNOUNCED(me), rest) };
#endif
        atomic {
            drain_stores(me);
            if
            :: SWAP_WOULD_SUCCEED ->
                printf("T%d pop: takes %d, first is %d\n", me, seen, rest);
                assert(!held[seen]);
                assert(rest == 0 || !held[rest]);
                first = rest;
                tag = NEXT_TAG(1);
                depth--;
                held[seen] = 1;
                mine = mine | (1 << seen);
#ifdef CARRY_LATE
                store(me, ANNOUNCED(me), rest);
#endif
                break
            :: else -> printf("T%d pop: lost\n", me)
            fi
        };
again:
        skip
    od;
    atomic { store(me, INSIDE(me), 0); printf("T%d pop: outside\n", me) }
}

inline allocate()
{
    pop();
    atomic {
        if
        :: seen == 0 && !mapped[1] -> mapped[1] = 1; held[1] = 1; mine = mine | 2
        :: seen == 0 && !mapped[2] -> mapped[2] = 1; held[2] = 1; mine = mine | 4
        :: seen == 0 && !mapped[3] -> mapped[3] = 1; held[3] = 1; mine = mine | 8
        :: else
        fi
    }
}

inline push(entry)
{
    do
    :: look();
        if
        :: seen_depth >= limit -> refused = 1; break
        :: else
        fi;
        d_step { assert(mapped[entry]); store(me, LINK(entry), seen) };
#ifndef CARRY_LATE
        d_step { store(me, ANNOUNCED(me), entry) };
#endif
        atomic {
            drain_stores(me);
            if
            :: SWAP_WOULD_SUCCEED ->
                printf("T%d push: puts %d before %d\n", me, entry, seen);
                first = entry;
                tag = NEXT_TAG(1);
                depth++;
                held[entry] = 0;
#ifdef CARRY_LATE
                store(me, ANNOUNCED(me), entry);
#endif
                refused = 0;
                break
            :: else
            fi
        }
    od
}

inline free(entry)
{
    mine = mine & ~(1 << entry);
    push(entry);
    if
    :: refused ->
#ifndef NO_WAIT
        if
        :: mem[ANNOUNCED(other)] == entry ->
            wait_for_reader(entry);
            d_step {
                if
                :: mem[ANNOUNCED(other)] == entry ->
                    mem[ANNOUNCED(other)] = 0
                :: else
                fi
            }
        :: else
        fi;
#endif
        d_step { printf("T%d free: %d is refused\n", me, entry); unmap(entry) }
    :: else
    fi
}

inline flush()
{
    do
    :: look();
        if
        :: seen == 0 -> break
        :: else
        fi;
        atomic {
            drain_stores(me);
            if
            :: SWAP_WOULD_SUCCEED ->
                printf("T%d flush: takes all from %d on\n", me, seen);
                first = 0;
                tag = NEXT_TAG(depth);
                rest = seen;
                do
                :: rest != 0 ->
                    assert(!held[rest] && depth > 0);
                    held[rest] = 1;
                    depth--;
                    rest = LOAD(me, LINK(rest))
                :: else -> break
                od;
                assert(depth == 0);
                break
            :: else
            fi
        }
    od;
#ifndef NO_FLUSH_WAIT
    if
    :: seen != 0 && mem[ANNOUNCED(other)] != 0 ->
        d_step { drain_stores(0); drain_stores(1); printf("T%d flush: fences\n", me) };
        found = mem[ANNOUNCED(other)];
        if
        :: found != 0 ->
            (mem[ANNOUNCED(other)] != found || mem[INSIDE(other)] == 0)
        :: else
        fi
    :: else
    fi;
#endif
    do
    :: seen != 0 ->
        d_step { rest = LOAD(me, LINK(seen)); unmap(seen); seen = rest }
    :: else -> break
    od
}

proctype thread(byte me, operations, mine)
{
    byte other = 1 - me;
    byte seen, seen_tag, seen_depth, found, rest;
    bit refused;

    do
    :: operations == 0 -> break
    :: operations > 0 -> operations--; allocate(); seen = 0; found = 0; rest = 0
    :: operations > 0 && mine & 2 -> operations--; free(1)
    :: operations > 0 && mine & 4 -> operations--; free(2)
    :: operations > 0 && mine & 8 -> operations--; free(3)
    :: operations > 0 && me == 1 -> operations--; flush()
    od
}

init
{
    atomic {
        mapped[1] = 1;
        mapped[2] = 1;
        mapped[3] = 1;
        mem[LINK(1)] = 2;
        first = 1;
        run memory(0);
        run memory(1);
        if
        :: /* Full, and one thread has one more. */
            limit = 2;
            depth = 2;
            held[3] = 1;
            run thread(0, 4 + MORE, 8);
            run thread(1, 1 + MORE, 0)
        :: /* More than is allowed: the limit has fallen. */
            limit = 1;
            depth = 3;
            mem[LINK(2)] = 3;
            run thread(0, 2 + MORE, 0);
            run thread(1, 3 + MORE, 0)
        fi
    }
}

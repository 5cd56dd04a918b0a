/* SPDX-License-Identifier: MIT */
/*
 * slab_swap.pml: how a slab on which restartable sections work comes into somebody's exclusive
 * hands: la_slab_away in its place, and a fence. Two threads share a CPU and preempt each other at
 * any step; one of them may move to the other CPU; a visitor there takes from the first CPU's slab.
 * A section that was preempted, or that a fence ends, starts again. Memory is that of memory.pml,
 * one queue of stores per CPU.
 *
 *   model                    strategies/
 *   section_pop              slab_section_x86_64.h LA_SLAB_POP_TEXT()
 *   section_push             slab_section_x86_64.h LA_SLAB_PUSH_TEXT()
 *   enter, leave             percpu_slow.c percpu_enter(), hide_current();
 *                            slab_section_x86_64.h la_slab_hide_on_cpu(); percpu.h percpu_leave()
 *   pop_slowly, push_slowly  percpu_slow.c pop_near(), push_near(); slab.h la_slab_pop(),
 *                            la_slab_push()
 *   visitor                  percpu_remote.c take_over(), percpu_steal(); percpu.h percpu_hide();
 *                            rseq.c la_rseq_fence()
 *
 * Found to hold: no entry comes out twice, none is lost, no slab holds more than its capacity.
 *
 * Defects, one at a time:
 *   -DNO_FENCE         the visitor does not fence
 *   -DFENCE_FIRST      the visitor fences before it hides the slab
 *   -DNO_ABORT         a section goes on where it was preempted
 *   -DNO_CPU_CHECK     a thread that has moved hides the slab of the CPU that it was on
 *   -DWORD_FIRST       push stores the word before the entry
 *
 * -DLARGE gives each thread, and the visitor, one more to do.
 */
#ifdef LARGE
#define MORE 1
#else
#define MORE 0
#endif
#define NR_ENTRIES 2
#define CAPACITY 2
#define AWAY 2 /* in place of a slab: 0 and 1 are those of the two CPUs */

#define HOME(cpu) (1 + (cpu))
#define LOCK(cpu) (3 + (cpu))
#define WORD(slab) (5 + (slab))
#define SLOT(slab, at) (7 + 2 * (slab) + (at))
#define NR_ADDRESSES 11
#define NR_BUFFERS 2
#include "memory.pml"

byte on[3], running[2]; /* a thread's CPU; a CPU's thread */
bit inside[3], aborted[3], held[NR_ENTRIES + 1], moved;
byte nr_ended;

/* The first of every step: the thread is on its CPU, and who was there is preempted. */
inline run_here()
{
    if
    :: running[on[me]] != me ->
        aborted[running[on[me]]] = inside[running[on[me]]];
        running[on[me]] = me
    :: else
    fi
}

#ifdef NO_ABORT
#define ABORTED false
#else
#define ABORTED aborted[me]
#endif

inline begin_section()
{
    run_here();
    inside[me] = 1;
    aborted[me] = 0;
    at = on[me]
}

inline end_section()
{
    inside[me] = 0;
    aborted[me] = 0
}

inline tell_found()
{
    if
    :: slab == AWAY -> printf("T%d section on CPU %d finds la_slab_away\n", me, at)
    :: else -> printf("T%d section on CPU %d finds the slab\n", me, at)
    fi
}

inline takes(what)
{
    assert(what != 0 && !held[what]);
    held[what] = 1
}

inline section_pop()
{
    skip;
pop_again:
    atomic { begin_section(); slab = LOAD(at, HOME(at)); tell_found() };
    atomic {
        run_here();
        if
        :: ABORTED -> goto pop_again
        :: else
        fi;
        depth = (slab == AWAY -> 0 : LOAD(at, WORD(slab)));
        entry = 0;
        printf("T%d pop: reads depth %d\n", me, depth);
        if
        :: depth == 0 -> end_section(); goto pop_done
        :: else
        fi
    };
    atomic {
        run_here();
        if
        :: ABORTED -> goto pop_again
        :: else
        fi;
        entry = LOAD(at, SLOT(slab, depth - 1))
    };
    atomic {
        run_here();
        if
        :: ABORTED -> printf("T%d pop: starts again\n", me); goto pop_again
        :: else
        fi;
        store(on[me], WORD(slab), depth - 1);
        end_section();
        printf("T%d pop: commits, takes %d\n", me, entry);
        takes(entry)
    };
pop_done:
    skip
}

inline section_push()
{
    skip;
push_again:
    atomic { begin_section(); slab = LOAD(at, HOME(at)); tell_found() };
    atomic {
        run_here();
        if
        :: ABORTED -> goto push_again
        :: else
        fi;
        depth = (slab == AWAY -> CAPACITY : LOAD(at, WORD(slab)));
        printf("T%d push: reads depth %d\n", me, depth);
        kept = 0;
        if
        :: depth >= CAPACITY -> end_section(); goto push_done
        :: else
        fi
    };
#ifdef WORD_FIRST
    d_step { store(on[me], WORD(slab), depth + 1); held[entry] = 0; end_section(); kept = 1 };
    atomic { run_here(); store(on[me], SLOT(slab, depth), entry) };
#else
    atomic {
        run_here();
        if
        :: ABORTED -> goto push_again
        :: else
        fi;
        store(on[me], SLOT(slab, depth), entry)
    };
    atomic {
        run_here();
        if
        :: ABORTED -> printf("T%d push: starts again\n", me); goto push_again
        :: else
        fi;
        store(on[me], WORD(slab), depth + 1);
        end_section();
        held[entry] = 0;
        kept = 1;
        printf("T%d push: commits, puts %d\n", me, entry)
    };
#endif
push_done:
    skip
}

/* A locked instruction waits until the lock is free in memory. */
inline lock(cpu)
{
    atomic { mem[LOCK(cpu)] == 0; run_here(); drain_stores(on[me]); mem[LOCK(cpu)] = 1 }
}

/* Exclusive access to the slab of the CPU that the thread is on: at. */
inline enter()
{
    skip;
enter_again:
    atomic { run_here(); home = on[me] };
    lock(home);
hide_again:
    atomic {
        begin_section();
#ifndef NO_CPU_CHECK
        if
        :: at != home -> end_section(); store(on[me], LOCK(home), 0); goto enter_again
        :: else
        fi
#endif
    };
    atomic {
        run_here();
        if
        :: ABORTED -> goto hide_again
        :: else
        fi;
        store(on[me], HOME(home), AWAY);
        end_section();
        printf("T%d enters CPU %d's slab\n", me, home)
    }
}

inline leave(cpu)
{
    d_step { run_here(); store(on[me], HOME(cpu), cpu) };
    d_step { run_here(); store(on[me], LOCK(cpu), 0) }
}

inline pop_slowly()
{
    enter();
    atomic { run_here(); depth = LOAD(on[me], WORD(home)) };
    atomic {
        run_here();
        if
        :: depth > 0 ->
            entry = LOAD(on[me], SLOT(home, depth - 1));
            store(on[me], WORD(home), depth - 1);
            printf("T%d pop: takes %d under the lock\n", me, entry);
            takes(entry)
        :: else -> entry = 0
        fi
    };
    leave(home)
}

inline push_slowly()
{
    enter();
    atomic { run_here(); depth = LOAD(on[me], WORD(home)) };
    atomic {
        run_here();
        if
        :: depth < CAPACITY ->
            store(on[me], SLOT(home, depth), entry);
            store(on[me], WORD(home), depth + 1);
            printf("T%d push: puts %d under the lock\n", me, entry);
            held[entry] = 0;
            kept = 1
        :: else -> kept = 0
        fi
    };
    leave(home)
}

/* What the next operation does not need should not tell states apart. */
inline forget()
{
    d_step { slab = 0; depth = 0; entry = 0; at = 0; home = 0; kept = 0 }
}

proctype thread(byte me, operations, mine)
{
    byte slab, depth, entry, at, home;
    bit kept;

    do
    :: operations == 0 -> break
    :: operations > 0 && mine == 0 ->
        operations--;
        section_pop();
        if
        :: entry == 0 -> pop_slowly()
        :: else
        fi;
        mine = entry;
        forget()
    :: operations > 0 && mine != 0 ->
        operations--;
        entry = mine;
        section_push();
        if
        :: !kept -> push_slowly()
        :: else
        fi;
        if
        :: kept -> mine = 0
        :: else
        fi;
        forget()
    od;
    nr_ended++
}

/* What la_rseq_fence() does to a CPU: its stores become visible, and a section on it is over. */
inline fence(cpu)
{
    d_step {
        run_here();
        drain_stores(cpu);
        aborted[running[cpu]] = inside[running[cpu]];
        printf("T%d fences CPU %d\n", me, cpu)
    }
}

proctype visitor(byte me, operations)
{
    byte depth, entry;

    do
    :: operations == 0 -> break
    :: operations > 0 ->
        operations--;
        lock(0);
#ifdef FENCE_FIRST
        fence(0);
#endif
        atomic {
            run_here();
            store(on[me], HOME(0), AWAY);
            drain_stores(on[me]);
            printf("T%d hides CPU 0's slab\n", me)
        };
#if !defined(NO_FENCE) && !defined(FENCE_FIRST)
        fence(0);
#endif
        atomic { run_here(); depth = LOAD(on[me], WORD(0)) };
        atomic {
            run_here();
            if
            :: depth > 0 ->
                entry = LOAD(on[me], SLOT(0, depth - 1));
                store(on[me], WORD(0), depth - 1);
                printf("T%d steals %d\n", me, entry);
                takes(entry)
            :: else
            fi
        };
        leave(0)
    od;
    nr_ended++
}

/* The second thread goes to the other CPU, once; the kernel's way there is a full barrier. */
proctype scheduler()
{
end:
    atomic {
        !moved && nr_ended < 3;
        moved = 1;
        drain_stores(on[1]);
        aborted[1] = inside[1];
        if
        :: running[0] == 1 -> running[0] = 0
        :: else
        fi;
        on[1] = 1;
        printf("T1 moves to CPU 1\n")
    }
}

inline count(slab)
{
    assert(mem[WORD(slab)] <= CAPACITY);
    i = 0;
    do
    :: i < mem[WORD(slab)] -> nr++; i++
    :: else -> break
    od
}

init
{
    byte i, nr;

    atomic {
        mem[HOME(1)] = 1;
        mem[WORD(0)] = 1;
        mem[SLOT(0, 0)] = 1;
        held[2] = 1;
        on[2] = 1;
        running[1] = 2;
        run memory(0);
        run memory(1);
        run thread(0, 1 + MORE, 0);
        run thread(1, 2 + MORE, 2);
        run visitor(2, 1 + MORE);
        run scheduler()
    };
    atomic {
        nr_ended == 3;
        drain_stores(0);
        drain_stores(1);
        count(0);
        count(1);
        assert(nr + held[1] + held[2] == NR_ENTRIES)
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * magazine.pml: magazines that threads exchange with the depot, while threads exit and come back
 * and a drain visits all of them. A magazine holds one entry, a cache two magazines. Sections are
 * two steps, finding the magazine and committing to it, and start again when a fence ends them;
 * what slab_swap.pml shows is not shown again, so memory is sequentially consistent.
 *
 *   model                    strategies/
 *   section_pop              magazine.c pop_from()
 *   section_push             magazine.c push_to()
 *   own, disown              magazine_cache.c magazine_own(), show(), magazine_disown()
 *   pop_slowly               magazine.c pop_near(); magazine_cache.c magazine_refill(), rotate()
 *   push_slowly              magazine.c push_slow(); magazine_cache.c magazine_try_push(),
 *                            turn_over(), add_capacity()
 *   be_born                  magazine_cache.c magazine_new_cache(), reuse_cache(), set_cell()
 *   exit_thread              magazine_cache.c magazine_cache_exits(), magazine_give_all_up(),
 *                            magazine_unload(), magazine_put_back(), release_cache()
 *   drain                    magazine_remote.c gather(), hide(), visit_cells(), gather_depot();
 *                            magazine_depot.h magazine_depot_strip()
 *
 * Found to hold: no entry comes out twice; a drain gets every entry that was held when it began and
 * that no pop took; when all others have exited, the last thread's pops get everything; in the end
 * no credit is lost.
 *
 * Defects, one at a time:
 *   -DEXIT_KEEPS       a thread that exits leaves its magazines in the cache
 *   -DEXIT_EARLY       it lets go of its cache before its magazines are in the depot
 *   -DLOST_CREDIT      a cache that is emptied does not give its unused credits back
 *   -DNO_FENCE         a drain does not fence
 *   -DNO_HIDE          a drain leaves its magazine to be found by the next section
 *
 * -DLARGE gives each life an operation more.
 */
#ifdef LARGE
#define MORE 1
#else
#define MORE 0
#endif
#ifdef DEFECT /* one life is enough to find any of them */
#define LIVES 1
#define FIRST_LIFE 2
#define LAST_LIFE 0
#else
#define LIVES 2
#define FIRST_LIFE 2
#define LAST_LIFE 1
#endif
#define NR_MAGAZINES 4 /* 0 is none, and what a cell shows at rest: la_slab_away */
#define NR_ENTRIES 3
#define LIMIT 3
#define BIT(number) (1 << (number))

byte entry_in[NR_MAGAZINES + 1], capacity[NR_MAGAZINES + 1];
bit exists[NR_MAGAZINES + 1];
byte filled, empties; /* the depot: sets of magazines */
byte claimed;

/* Caches: one per thread that lives. */
bit locked[2], owned[2], is_hidden[2];
byte loaded[2], previous[2], owner[2]; /* 1 + the thread whose cell it is; 0: none */

/* Threads */
byte shown[2];
bit inside[2], aborted[2];

byte in_list, missing; /* entries: held now; when the drain began, and not popped since */
byte nr_ended;

inline give(magazine)
{
    if
    :: magazine != 0 && entry_in[magazine] != 0 -> filled = filled | BIT(magazine)
    :: magazine != 0 && entry_in[magazine] == 0 -> empties = empties | BIT(magazine)
    :: else
    fi
}

inline take(set, magazine)
{
    magazine = 1;
    do
    :: magazine <= NR_MAGAZINES && !(set & BIT(magazine)) -> magazine++
    :: magazine > NR_MAGAZINES -> magazine = 0; break
    :: else -> set = set & ~BIT(magazine); break
    od
}

inline comes_out(entry)
{
    assert(in_list & BIT(entry));
    in_list = in_list & ~BIT(entry);
    missing = missing & ~BIT(entry);
    mine = mine | BIT(entry)
}

inline goes_in(entry)
{
    in_list = in_list | BIT(entry);
    mine = mine & ~BIT(entry)
}

inline section_pop()
{
    skip;
pop_again:
    atomic {
        inside[me] = 1;
        aborted[me] = 0;
        magazine = shown[me];
        entry = entry_in[magazine]
    };
    atomic {
        inside[me] = 0;
        if
        :: aborted[me] -> aborted[me] = 0; goto pop_again
        :: !aborted[me] && entry != 0 ->
            entry_in[magazine] = 0;
            printf("T%d pops %d from magazine %d\n", me, entry, magazine);
            comes_out(entry)
        :: else
        fi;
        magazine = 0
    }
}

inline section_push(what)
{
    skip;
push_again:
    atomic {
        inside[me] = 1;
        aborted[me] = 0;
        magazine = shown[me];
        room = entry_in[magazine] == 0 && capacity[magazine] > 0
    };
    atomic {
        inside[me] = 0;
        if
        :: aborted[me] -> aborted[me] = 0; goto push_again
        :: !aborted[me] && room ->
            assert(entry_in[magazine] == 0);
            entry_in[magazine] = what;
            printf("T%d pushes %d to magazine %d\n", me, what, magazine);
            goes_in(what);
            kept = 1
        :: else
        fi;
        magazine = 0;
        room = 0
    }
}

inline own(cache)
{
    atomic { !locked[cache]; locked[cache] = 1 }
}

inline show_own(cache)
{
    if
    :: is_hidden[cache] -> is_hidden[cache] = 0 /* it has been calm for long */
    :: true
    fi;
    if
    :: owner[cache] != 0 -> shown[owner[cache] - 1] = (is_hidden[cache] -> 0 : loaded[cache])
    :: else
    fi
}

inline disown(cache)
{
    atomic { show_own(cache); locked[cache] = 0 }
}

inline rotate(cache)
{
    other = loaded[cache];
    loaded[cache] = previous[cache];
    previous[cache] = other;
    other = 0
}

inline refill(cache)
{
    if
    :: entry_in[previous[cache]] != 0 -> rotate(cache)
    :: entry_in[previous[cache]] == 0 && filled != 0 ->
        take(filled, magazine);
        give(previous[cache]);
        previous[cache] = loaded[cache];
        loaded[cache] = magazine;
        magazine = 0;
        printf("T%d loads magazine %d of the depot\n", me, loaded[cache])
    :: else
    fi
}

inline pop_slowly(cache)
{
    own(cache);
    atomic {
        if
        :: entry_in[loaded[cache]] == 0 -> refill(cache)
        :: else
        fi;
        if
        :: entry_in[loaded[cache]] != 0 ->
            entry = entry_in[loaded[cache]];
            entry_in[loaded[cache]] = 0;
            printf("T%d pops %d under its lock\n", me, entry);
            comes_out(entry)
        :: else
        fi
    };
    disown(cache)
}

inline turn_over(cache)
{
    if
    :: previous[cache] != 0 && entry_in[previous[cache]] == 0 -> rotate(cache)
    :: else ->
        take(empties, magazine);
        if
        :: magazine == 0 -> /* a new one, if there is memory */
            magazine = 1;
            do
            :: magazine <= NR_MAGAZINES && exists[magazine] -> magazine++
            :: magazine > NR_MAGAZINES -> magazine = 0; break
            :: else -> exists[magazine] = 1; break
            od
        :: else
        fi;
        if
        :: magazine != 0 ->
            give(previous[cache]);
            previous[cache] = loaded[cache];
            loaded[cache] = magazine
        :: else
        fi;
        magazine = 0
    fi
}

inline push_slowly(cache, what)
{
    own(cache);
    atomic {
        if
        :: loaded[cache] == 0 || entry_in[loaded[cache]] != 0 -> turn_over(cache)
        :: else
        fi;
        if
        :: loaded[cache] != 0 && entry_in[loaded[cache]] == 0 && capacity[loaded[cache]] == 0 &&
           claimed < LIMIT ->
            claimed++;
            capacity[loaded[cache]] = 1
        :: else
        fi;
        if
        :: loaded[cache] != 0 && entry_in[loaded[cache]] == 0 && capacity[loaded[cache]] > 0 ->
            entry_in[loaded[cache]] = what;
            printf("T%d pushes %d to magazine %d under its lock\n", me, what, loaded[cache]);
            goes_in(what)
        :: else
        fi
    };
    disown(cache)
}

/* The magazine's credits without an entry go back to the list. */
inline unload(magazine)
{
    if
    :: magazine != 0 && entry_in[magazine] == 0 ->
#ifndef LOST_CREDIT
        claimed = claimed - capacity[magazine];
#endif
        capacity[magazine] = 0
    :: else
    fi
}

inline give_all_up(cache)
{
    own(cache);
    atomic {
        hand[0] = previous[cache];
        hand[1] = loaded[cache];
        previous[cache] = 0;
        loaded[cache] = 0;
        unload(hand[0]);
        unload(hand[1]);
        printf("T%d unloads magazines %d and %d\n", me, hand[0], hand[1])
    };
#ifdef EXIT_EARLY
    disown(cache);
#endif
    atomic { give(hand[0]); hand[0] = 0 };
    atomic { give(hand[1]); hand[1] = 0; printf("T%d has put them into the depot\n", me) };
#ifndef EXIT_EARLY
    disown(cache)
#endif
}

inline set_cell(cache, whose)
{
    own(cache);
    atomic { owner[cache] = whose; is_hidden[cache] = 0 };
    disown(cache)
}

inline be_born()
{
    atomic {
        mine_is = (owned[0] -> 1 : 0);
        owned[mine_is] = 1;
        printf("T%d has cache %d\n", me, mine_is)
    };
    set_cell(mine_is, me + 1)
}

inline exit_thread()
{
#ifndef EXIT_KEEPS
    give_all_up(mine_is);
#endif
    set_cell(mine_is, 0);
    atomic { shown[me] = 0; owned[mine_is] = 0; printf("T%d has exited\n", me) }
}

inline push(what)
{
    kept = 0;
    section_push(what);
    if
    :: !kept -> push_slowly(mine_is, what)
    :: else
    fi;
    kept = 0
}

inline pop()
{
    entry = 0;
    section_pop();
    if
    :: entry == 0 -> pop_slowly(mine_is)
    :: else
    fi
}

inline live(nr)
{
    be_born();
    operations = nr;
    do
    :: operations > 0 && mine & 2 -> operations--; push(1)
    :: operations > 0 && mine & 4 -> operations--; push(2)
    :: operations > 0 && mine & 8 -> operations--; push(3)
    :: operations > 0 && in_list != 0 -> operations--; pop()
    :: true -> break
    od;
    operations = 0;
    entry = 0
}

proctype mortal(byte me, mine)
{
    byte operations, entry, magazine, other, mine_is, hand[2], lives = LIVES;
    bit kept, room;

    do
    :: lives > 0 -> live((lives == LIVES -> FIRST_LIFE : 1) + MORE); lives--; exit_thread()
    :: else -> break
    od;
    nr_ended++
}

proctype last(byte me, mine)
{
    byte operations, entry, magazine, other, mine_is;
    bit kept, room;

    live(LAST_LIFE + MORE);
    nr_ended == 2;
    do
    :: pop();
        if
        :: entry == 0 -> break
        :: else
        fi
    od;
    atomic { printf("T%d finds nothing more\n", me); assert(in_list == 0); nr_ended++ }
}

inline hide(cache)
{
    atomic {
        !locked[cache];
        locked[cache] = 1;
#ifndef NO_HIDE
        if
        :: !is_hidden[cache] && owner[cache] != 0 && loaded[cache] != 0 ->
            shown[owner[cache] - 1] = 0
        :: else
        fi;
#endif
        is_hidden[cache] = 1;
        printf("drain locks and hides cache %d\n", cache)
    }
}

inline collect(magazine)
{
    if
    :: magazine != 0 ->
        if
        :: entry_in[magazine] != 0 ->
            printf("drain takes %d from magazine %d\n", entry_in[magazine], magazine);
            assert(in_list & BIT(entry_in[magazine]));
            in_list = in_list & ~BIT(entry_in[magazine]);
            missing = missing & ~BIT(entry_in[magazine]);
            entry_in[magazine] = 0
        :: else
        fi;
        unload(magazine);
        empties = empties | BIT(magazine)
    :: else
    fi
}

inline gather(cache)
{
    atomic {
        at = previous[cache];
        collect(at);
        at = loaded[cache];
        collect(at);
        previous[cache] = 0;
        loaded[cache] = 0
    }
}

inline gather_depot()
{
    atomic {
        at = 1;
        do
        :: at <= NR_MAGAZINES ->
            if
            :: (filled | empties) & BIT(at) -> collect(at)
            :: else
            fi;
            at++
        :: else -> break
        od;
        filled = 0;
        at = 0
    }
}

proctype drainer()
{
    byte at;

    d_step { missing = in_list; printf("drain begins\n") };
    hide(0);
    hide(1);
#ifndef NO_FENCE
    d_step { aborted[0] = inside[0]; aborted[1] = inside[1]; printf("drain fences\n") };
#endif
    gather(0);
    gather(1);
    gather_depot();
    d_step { assert(missing == 0); locked[0] = 0; locked[1] = 0; printf("drain ends\n") };
    nr_ended++
}

init
{
    byte i, sum;

    atomic {
        run mortal(0, 2 + 4);
        run last(1, 8);
        run drainer()
    };
    atomic {
        nr_ended == 3;
        i = 1;
        do
        :: i <= NR_MAGAZINES -> sum = sum + capacity[i]; i++
        :: else -> break
        od;
        assert(claimed == sum)
    }
}

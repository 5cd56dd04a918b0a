/* SPDX-License-Identifier: MIT */
/*
 * memory.pml: memory as x86-64 shows it, for the models that include it. Each thread (or CPU) has
 * a queue of up to three stores that it sees itself and others do not see yet; they become visible
 * in order, at any time, and the fourth sends the first on its way. So a store may pass the loads
 * that follow it, which is all that x86-64 reorders. A locked instruction, and a fence that somebody
 * else has run on the owner's behalf, send all of them on their way at once.
 *
 * Before: NR_ADDRESSES (address 0 is none) and NR_BUFFERS. All of it inside atomic steps.
 */
byte mem[NR_ADDRESSES];
byte oldest_at[NR_BUFFERS], oldest[NR_BUFFERS], middle_at[NR_BUFFERS], middle[NR_BUFFERS];
byte newest_at[NR_BUFFERS], newest[NR_BUFFERS];

#define LOAD(who, at)                                \
    (newest_at[who] == (at) -> newest[who] :         \
     (middle_at[who] == (at) -> middle[who] :        \
      (oldest_at[who] == (at) -> oldest[who] : mem[at])))

inline show_oldest(who)
{
    mem[oldest_at[who]] = oldest[who];
    mem[0] = 0;
    oldest_at[who] = middle_at[who];
    oldest[who] = middle[who];
    middle_at[who] = newest_at[who];
    middle[who] = newest[who];
    newest_at[who] = 0;
    newest[who] = 0
}

inline drain_stores(who)
{
    show_oldest(who);
    show_oldest(who);
    show_oldest(who)
}

inline store(who, at, value)
{
    if
    :: newest_at[who] != 0 -> show_oldest(who)
    :: else
    fi;
    if
    :: oldest_at[who] == 0 -> oldest_at[who] = at; oldest[who] = value
    :: oldest_at[who] != 0 && middle_at[who] == 0 -> middle_at[who] = at; middle[who] = value
    :: else -> newest_at[who] = at; newest[who] = value
    fi
}

/* A store may become visible at any time. */
proctype memory(byte who)
{
end:
    do
    :: d_step { oldest_at[who] != 0; show_oldest(who) }
    od
}

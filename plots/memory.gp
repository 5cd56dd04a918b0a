# SPDX-License-Identifier: MIT
# Throughput against the memory that a list kept. What a malloc keeps for itself cannot be seen
# from outside: it stands as a line across.
# Columns: panel, its title, contender's number, its name, KiB kept at most ("-": not visible),
# million operations per second (median), low, high.
here = ARG0[1:strlen(ARG0) - strlen("memory.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
# Each panel has its own range: workloads keep from an entry to many megabytes.
array Most[400]
do for [panel = 1:nr_panels] {
    stats data skip 1 using ($1 == panel ? (strcol(5) eq "-" ? 0 : $5) : NaN) nooutput
    Most[panel] = STATS_max > 0 ? STATS_max : 1
}

columns = 3
foot_height = foot_for(nr_names)
height = page_height(nr_panels)
eval page_terminal(height)
set output out

# Lists that keep as much stand side by side, or the last would hide the others.
lists = 0
do for [n = 1:nr_names] { lists = lists + (is_plain(Name[n]) ? 0 : 1) }
step = 0.012 < 0.1 / (lists + 1) ? 0.012 : 0.1 / (lists + 1)
aside(n) = (n - (nr_names - lists) - (lists + 1) / 2.0) * step * most

set yrange [0:*]
set offsets 0, 0, graph 0.06, 0
set ytics format "%g"

set multiplot
eval heading("Memory and throughput", "million operations per second against KiB kept at most (each panel its own range); up and left is better; lines: plain malloc, whose caches are not visible")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    most = Most[panel]
    set xrange [-most * 0.08:most * 1.12]
    set xtics tick_step(most, 5.0)
    set xlabel (panel > nr_panels - columns ? "KiB kept" : "") offset 0, 0.6 textcolor rgb muted
    plot for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n && strcol(5) eq "-" ? -most * 0.08 : NaN):6:(most * 1.2):(0) \
            with vectors nohead linecolor rgb colour(Name[n]) dashtype 2 linewidth 1.4, \
        for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n && strcol(5) ne "-" ? $5 + aside(n) : NaN):6:7:8 \
            with yerrorbars linecolor rgb colour(Name[n]) pointtype mark(Name[n]) \
            pointsize 1.1 linewidth 1.2
    unset label
}
eval legend_place
plot [0:1][0:1] for [n = 1:nr_names] NaN \
        with lines title (is_plain(Name[n]) ? Name[n] : "") \
        linecolor rgb colour(Name[n]) dashtype 2 linewidth 1.4, \
    for [n = 1:nr_names] NaN with points title (is_plain(Name[n]) ? "" : Name[n]) \
        linecolor rgb colour(Name[n]) pointtype mark(Name[n]) pointsize 1.1
unset multiplot

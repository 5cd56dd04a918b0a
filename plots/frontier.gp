# SPDX-License-Identifier: MIT
# Throughput against memory, a point for each depth of a list and one for each malloc.
# Columns: contender's number, its name, depth (0: no list), KiB of resident memory retained, KiB
# of the list's entries and its own ("-": not visible), million operations per second, low, high,
# whether it is Pareto-optimal in the first.
here = ARG0[1:strlen(ARG0) - strlen("frontier.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Name[int($1)] = strcol(2), $1) nooutput
nr_names = int(STATS_max)
stats data skip 1 using 6 nooutput
fastest = STATS_max
slowest = STATS_min
# Mallocs stand across; without a list there is nothing else to say how wide the panel is.
stats data skip 1 using (strcol(5) eq "-" ? 8 : $5) nooutput
leftmost = STATS_min / 1.5
rightmost = STATS_max * 1.5

columns = 2
panel_height = 380
pad_left = 70
foot_height = foot_for(nr_names)
height = page_height(2)
eval page_terminal(height)
set output out

set logscale y
set ytics format "%g"
set yrange [slowest * 0.6:fastest * 1.8]
set offsets graph 0.05, graph 0.05, 0, 0
set ylabel "million operations/s" offset 1.2, 0 textcolor rgb muted

set multiplot
eval heading("Throughput against memory", "lists at every depth (larger: deeper); mallocs as points, on the right as lines; up and left is better; ringed: Pareto-optimal")
eval panel_place(0)
set title "resident memory retained after being busy"
set xlabel "KiB" offset 0, 0.6 textcolor rgb muted
size_of(depth) = depth > 0 ? 0.5 + log(depth) / log(2) * 0.07 : 1.1
plot for [n = 1:nr_names] data skip 1 using ($1 == n ? $4 : NaN):6 \
        with lines linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) linewidth 0.8, \
    for [n = 1:nr_names] data skip 1 using ($1 == n ? $4 : NaN):6:7:8 \
        with yerrorbars linecolor rgb colour(Name[n]) pointtype 0 linewidth 1, \
    for [n = 1:nr_names] data skip 1 using ($1 == n ? $4 : NaN):6:(size_of($3)) \
        with points linecolor rgb colour(Name[n]) pointtype mark(Name[n]) pointsize variable, \
    data skip 1 using ($9 == 1 ? $4 : NaN):6 with points pointtype 6 pointsize 2.4 \
        linewidth 1.2 linecolor rgb ink
unset label
eval panel_place(1)
set title "entries cached and the list's own bytes"
set logscale x
set xrange [leftmost:rightmost]
set xtics format "%g"
unset ylabel
plot for [n = 1:nr_names] data skip 1 using ($1 == n && strcol(5) ne "-" ? $5 : NaN):6 \
        with lines linecolor rgb colour(Name[n]) linewidth 1.6, \
    for [n = 1:nr_names] data skip 1 using ($1 == n && strcol(5) ne "-" ? $5 : NaN):6:7:8 \
        with yerrorbars linecolor rgb colour(Name[n]) pointtype mark(Name[n]) pointsize 0.75, \
    for [n = 1:nr_names] data skip 1 \
        using (leftmost):($1 == n && strcol(5) eq "-" ? $6 : NaN):(rightmost - leftmost):(0) \
        with vectors nohead linecolor rgb colour(Name[n]) dashtype 2 linewidth 1.4
eval legend_place
unset ylabel
plot [0:1][0:1] for [n = 1:nr_names] NaN with linespoints title Name[n] \
    linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) pointtype mark(Name[n])
unset multiplot

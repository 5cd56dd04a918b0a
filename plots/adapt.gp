# SPDX-License-Identifier: MIT
# How lists follow a demand that moves: depth, hit ratio and memory kept over time; a column of
# panels for each strategy, a line for each depth policy.
# Columns: strategy's number, its name, policy's number, its name, seconds, demand (entries), depth
# (entries), allocate hit ratio (NaN: nothing was asked for), KiB kept.
here = ARG0[1:strlen(ARG0) - strlen("adapt.gp")]
data = ARG1
out = ARG2
profile = ARG3
load here."style.gp"

array Policy[20]
stats data skip 1 using (Name[int($1)] = strcol(2), $1) nooutput
nr_strategies = int(STATS_max)
stats data skip 1 using (Policy[int($3)] = strcol(4), $3) nooutput
nr_policies = int(STATS_max)
stats data skip 1 using 5 nooutput
last = STATS_max
stats data skip 1 using 7 nooutput
deepest = STATS_max
stats data skip 1 using 6 nooutput
deepest = STATS_max > deepest ? STATS_max : deepest
stats data skip 1 using 9 nooutput
fullest = STATS_max

columns = nr_strategies
pad_left = 64
pad_right = 12
pad_top = 26
pad_bottom = 26
panel_height = 176
foot_height = 60
height = page_height(3 * nr_strategies)
eval page_terminal(height)
set output out

array Colour = ["#a0a0a0", "#0072b2", "#d55e00", "#009e73", "#cc79a7"]
array Width = [2.6, 1.5, 1.5, 1.5, 1.5]
line(p) = (p - 1) % 5 + 1

set xrange [0:last]
set multiplot
eval heading("Depth adaptation: ".profile, "one virtual second a tick; shaded: the demand, in entries; no hit ratio where nothing was asked for")
do for [s = 1:nr_strategies] {
    eval panel_place(s - 1)
    set title Name[s]
    set ylabel (s == 1 ? "depth, entries" : "") offset 1.2, 0 textcolor rgb muted
    set yrange [0:deepest * 1.08]
    unset xlabel
    set xtics format ""
    plot data skip 1 using ($1 == s && $3 == 1 ? $5 : NaN):6 with filledcurves y1=0 \
            linecolor rgb "#ededed", \
        for [p = 1:nr_policies] data skip 1 using ($1 == s && $3 == p ? $5 : NaN):7 \
            with steps linecolor rgb Colour[line(p)] linewidth Width[line(p)]
    unset label
    set title ""

    eval panel_place(nr_strategies + s - 1)
    set ylabel (s == 1 ? "allocate hits, %" : "") offset 1.2, 0 textcolor rgb muted
    set yrange [0:104]
    plot for [p = 1:nr_policies] data skip 1 \
            using ($1 == s && $3 == p ? $5 : NaN):(100 * $8) \
            with points pointtype 7 pointsize 0.16 * Width[line(p)] linecolor rgb Colour[line(p)]

    eval panel_place(2 * nr_strategies + s - 1)
    set ylabel (s == 1 ? "kept, KiB" : "") offset 1.2, 0 textcolor rgb muted
    set yrange [0:fullest * 1.08]
    set xlabel "seconds" offset 0, 0.6 textcolor rgb muted
    set xtics format "%g"
    plot for [p = 1:nr_policies] data skip 1 using ($1 == s && $3 == p ? $5 : NaN):9 \
            with steps linecolor rgb Colour[line(p)] linewidth Width[line(p)]
}
eval legend_place
plot [0:1][0:1] for [p = 1:nr_policies] NaN with lines title "policy ".Policy[p] \
    linecolor rgb Colour[line(p)] linewidth Width[line(p)]
unset multiplot

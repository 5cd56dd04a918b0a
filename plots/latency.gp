# SPDX-License-Identifier: MIT
# Percentiles of sampled operations, a row for each contender.
# Columns: panel, its title, contender's number, its name, percentile, nanoseconds, the clock's own
# share of an operation in nanoseconds, which has been taken off (NaN: not known).
here = ARG0[1:strlen(ARG0) - strlen("latency.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
stats data skip 1 using 6 nooutput
least = STATS_min
most = STATS_max

columns = 2
pad_left = pad_for(longest_of(nr_names))
pad_right = 24
foot_height = 48
panel_height = pad_top + pad_bottom + nr_names * 22
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set logscale x
set xrange [least * 0.7:most * 1.5]
set yrange [0.4:nr_names + 0.6]
row(n) = nr_names + 1 - n
do for [n = 1:nr_names] { set ytics add (Name[n] row(n)) }
set ytics scale 0
set xtics ("1 ns" 1, "10 ns" 10, "100 ns" 100, "1 µs" 1e3, "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8)
set grid xtics noytics

# Hollow to filled as the percentile rises; the line spans what is drawn.
array Percentile = [50, 90, 99, 99.9, 99.99]
array Shape = [6, 4, 7, 5, 9]
array Size = [0.7, 0.6, 0.8, 0.75, 0.8]

set multiplot
eval heading("Latency", "percentiles of the time of one operation, sampled in small batches, log scale; dotted: what the clock itself takes, taken off already")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    plot data skip 1 using ($1 == panel ? $7 : NaN):(0.4):(0):(nr_names + 0.2) \
            with vectors nohead linecolor rgb muted dashtype 3 linewidth 1, \
        for [n = 1:nr_names] data skip 1 using ($1 == panel && $3 == n ? $6 : NaN):(row(n)) \
            with lines linecolor rgb colour(Name[n]) linewidth 2, \
        for [p = 1:5] data skip 1 \
            using ($1 == panel && $5 == Percentile[p] ? $6 : NaN):(row($3)) \
            with points pointtype 7 pointsize Size[p] * 1.15 linecolor rgb "#ffffff", \
        for [p = 1:5] data skip 1 \
            using ($1 == panel && $5 == Percentile[p] ? $6 : NaN):(row($3)):(rgb(colour(strcol(4)))) \
            with points pointtype Shape[p] pointsize Size[p] linewidth 1.4 linecolor rgb variable
    unset label
}
eval legend_place
plot [0:1][0:1] for [p = 1:5] NaN with points title sprintf("p%g", Percentile[p]) \
    pointtype Shape[p] pointsize Size[p] linewidth 1.4 linecolor rgb ink
unset multiplot

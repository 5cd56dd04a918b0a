# SPDX-License-Identifier: MIT
# Response times against the rate at which operations are due.
# Columns: panel, its title, contender's number, its name, million operations per second, ns (median
# over blocks), low, high.
here = ARG0[1:strlen(ARG0) - strlen("openloop.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
stats data skip 1 using 5 nooutput
least = STATS_min
most = STATS_max
stats data skip 1 using 6 nooutput
quickest = STATS_min
stats data skip 1 using 8 nooutput
slowest = STATS_max

panel_height = 300
pad_left = 66
foot_height = foot_for(nr_names)
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set logscale xy
set xrange [least * 0.8:most * 1.25]
set xtics (0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 4, 8, 16, 32, 64)
set ytics ("10 ns" 10, "100 ns" 100, "1 µs" 1e3, "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8)
set yrange [quickest * 0.7:slowest * 1.5]

# Side by side at each rate, so that intervals can be seen.
aside(n) = 1 + (n - (nr_names + 1) / 2.0) * 0.36 / nr_names

set multiplot
eval heading("Latency under planned arrivals", "response time from when an operation was due, against million operations per second; median over blocks and its 95 % interval")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    set xlabel (panel > nr_panels - columns ? "million operations/s, all threads" : "") \
        offset 0, 0.6 textcolor rgb muted
    plot for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n ? $5 * aside(n) : NaN):6 \
            with lines linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) linewidth 1.6, \
        for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n ? $5 * aside(n) : NaN):6:7:8 \
            with yerrorbars linecolor rgb colour(Name[n]) pointtype mark(Name[n]) \
            pointsize 0.75 linewidth 1
    unset label
}
eval legend_place
plot [0:1][0:1] for [n = 1:nr_names] NaN with linespoints title Name[n] \
    linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) pointtype mark(Name[n]) linewidth 1.6
unset multiplot

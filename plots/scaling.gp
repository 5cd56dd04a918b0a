# SPDX-License-Identifier: MIT
# How throughput grows with threads: measured points with intervals, and the Universal Scalability
# Law with its band where one is fitted, to twice as many threads as were measured; no curve where it
# is refused. Threads that share CPUs are crosses.
# Columns: panel, its title, contender's number, its name, threads, million operations per second,
# low, high, 1 if the threads share CPUs. The same without the last in scaling-law.tsv, beside it: the
# curves, and a row of no panel.
here = ARG0[1:strlen(ARG0) - strlen("scaling.gp")]
data = ARG1
out = ARG2
law = data[1:strlen(data) - strlen(".tsv")]."-law.tsv"
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
stats data skip 1 using 5 nooutput
last = STATS_max
stats law skip 1 using 5 nooutput
last = STATS_max > last ? STATS_max : last
stats law skip 1 using 1 nooutput
laws = STATS_max > 0
stats data skip 1 using 9 nooutput
sharing = STATS_max > 0

columns = nr_panels < 3 ? nr_panels : 3
panel_height = 250
pad_left = 66
foot_height = foot_for(nr_names)
height = page_height(nr_panels)
eval page_terminal(height)
set output out

# Side by side at each number of threads, or the last would hide the others.
aside(n) = 2 ** ((n - (nr_names + 1) / 2.0) * 0.36 / nr_names)

# Each panel has its own range; not from one power of ten to another, which would be half empty.
array Least[400]
array Most[400]
array First[400]
array Last[400]
do for [panel = 1:nr_panels] {
    stats data skip 1 using ($1 == panel ? $7 : NaN) nooutput
    Least[panel] = STATS_min
    stats data skip 1 using ($1 == panel ? $8 : NaN) nooutput
    Most[panel] = STATS_max
    stats data skip 1 using ($1 == panel ? $5 : NaN) nooutput
    First[panel] = STATS_min
    Last[panel] = laws ? last : STATS_max
    if (laws) {
        stats law skip 1 using ($1 == panel || $1 < 1 ? ($1 < 1 ? Most[panel] : $8) : NaN) nooutput
        Most[panel] = STATS_max > Most[panel] ? STATS_max : Most[panel]
    }
}

set logscale x 2
set logscale y 10
set xtics format "%g" ("1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32, "64" 64, "128" 128, "256" 256, "512" 512, "1024" 1024)
fine = "set ytics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)"
coarse = "set ytics (0.01, 0.1, 1, 10, 100, 1000, 10000, 100000)"

set multiplot
eval heading("Scaling", "million operations per second by threads, both axes logarithmic". \
    (laws ? "; line and band: the Universal Scalability Law" : "; no law: too few numbers of threads with a CPU each"). \
    (sharing ? "; crosses: threads share CPUs" : ""))
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    set xrange [First[panel] / 1.25:Last[panel] * 1.25]
    set yrange [Least[panel] / 1.3:Most[panel] * 1.3]
    eval (Most[panel] / Least[panel] > 100 ? coarse : fine)
    set xlabel (panel > nr_panels - columns ? "threads" : "") offset 0, 0.6 textcolor rgb muted
    plot for [n = 1:nr_names] law skip 1 using ($1 == panel && $3 == n ? $5 : NaN):7:8 \
            with filledcurves linecolor rgb colour(Name[n]) fillstyle transparent solid 0.15, \
        for [n = 1:nr_names] law skip 1 using ($1 == panel && $3 == n ? $5 : NaN):6 \
            with lines linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) linewidth 1.4, \
        for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n && $9 == 0 ? $5 * aside(n) : NaN):6:7:8 \
            with yerrorbars linecolor rgb colour(Name[n]) pointtype mark(Name[n]) \
            pointsize 0.9 linewidth 1.2, \
        for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n && $9 == 1 ? $5 * aside(n) : NaN):6:7:8 \
            with yerrorbars linecolor rgb colour(Name[n]) pointtype 1 pointsize 0.9 linewidth 1
    unset label
}
eval legend_place
plot [0:1][0:1] for [n = 1:nr_names] NaN with points title Name[n] \
    linecolor rgb colour(Name[n]) pointtype mark(Name[n]) pointsize 1.1
unset multiplot

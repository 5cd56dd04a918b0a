# SPDX-License-Identifier: MIT
# Operations per second against threads, a panel for each workload.
# Columns: panel, its title, contender's number, its name, threads, their position, million
# operations per second (median), low, high.
here = ARG0[1:strlen(ARG0) - strlen("throughput.gp")]
data = ARG1
out = ARG2
load here."style.gp"

# Of each panel: its numbers of threads, as words.
array Threads[400]
do for [i = 1:400] { Threads[i] = "" }
take(panel, threads) = strstrt(Threads[panel]." ", " ".threads." ") > 0 ? 0 : \
    (Threads[panel] = Threads[panel]." ".threads, 1)
place(panel, threads) = sum [i = 1:words(Threads[panel])] (word(Threads[panel], i) eq threads ? i : 0)
stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)
stats data skip 1 using (take(int($1), strcol(5))) nooutput

foot_height = foot_for(nr_names)
height = page_height(nr_panels)
eval page_terminal(height)
set output out

# Contenders stand side by side at each number of threads, so that their intervals can be seen.
aside(name) = (name - (nr_names + 1) / 2.0) * 0.36 / nr_names
set yrange [0:*]
set ytics format "%g"
set grid noxtics ytics

set multiplot
eval heading("Throughput", "million operations per second against threads; median over blocks and its 95 % interval")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    set xrange [0.6:words(Threads[panel]) + 0.4]
    set xtics () scale 0.5
    do for [i = 1:words(Threads[panel])] { set xtics add (word(Threads[panel], i) i) }
    set xlabel (panel > nr_panels - columns ? "threads" : "") offset 0, 0.6 textcolor rgb muted
    plot for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n ? place(panel, strcol(5)) + aside(n) : NaN):7 \
            with lines linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) linewidth 1.6, \
        for [n = 1:nr_names] data skip 1 \
            using ($1 == panel && $3 == n ? place(panel, strcol(5)) + aside(n) : NaN):7:8:9 \
            with yerrorbars linecolor rgb colour(Name[n]) pointtype mark(Name[n]) \
            pointsize 0.75 linewidth 1.2
    unset label
}

eval legend_place
plot [0:1][0:1] for [n = 1:nr_names] NaN with linespoints title Name[n] \
    linecolor rgb colour(Name[n]) dashtype dashes(Name[n]) pointtype mark(Name[n]) linewidth 1.6
unset multiplot

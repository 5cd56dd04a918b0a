# SPDX-License-Identifier: MIT
# What the slowest hundredth of responses was slow for: a stacked bar for each contender.
# Columns: panel, its title, contender's number, its name, cause, where its part of the bar begins,
# its share of the slowest hundredth.
here = ARG0[1:strlen(ARG0) - strlen("tail.gp")]
data = ARG1
out = ARG2
load here."style.gp"

stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Name[int($3)] = strcol(4), $3) nooutput
nr_names = int(STATS_max)

array Cause = ["hit", "restart", "refill", "depot", "others", "retry", "lock_wait", "backing", "load", "unknown", "machine"]
array Text = ["hit", "restart", "refill", "depot", "others' entries", "lost a swap", "lock wait", "malloc behind", "load", "unknown", "machine"]
array Colour = ["#009e73", "#b2df8a", "#f0e442", "#0072b2", "#6a3d9a", "#e69f00", "#d55e00", "#222222", "#56b4e9", "#cc79a7", "#cfcfcf"]

columns = 2
pad_left = pad_for(longest_of(nr_names))
pad_right = 24
panel_height = pad_top + pad_bottom + nr_names * 20
height = page_height(nr_panels)
eval page_terminal(height)
set output out

set xrange [0:100]
set yrange [0.4:nr_names + 0.6]
row(n) = nr_names + 1 - n
do for [n = 1:nr_names] { set ytics add (Name[n] row(n)) }
set ytics scale 0
set xtics format "%g %%"
set grid xtics noytics

set multiplot
eval heading("What the slowest responses were slow for", "share of each cause in the slowest hundredth of responses")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    eval panel_title(Title[panel])
    plot for [c = 1:|Cause|] data skip 1 \
        using (100 * $6):($1 == panel && strcol(5) eq Cause[c] ? row($3) : NaN):(100 * $6):(100 * ($6 + $7)):(row($3) - 0.36):(row($3) + 0.36) \
        with boxxyerror fillcolor rgb Colour[c]
    unset label
}
eval legend_place
plot [0:1][0:1] for [c = 1:|Cause|] NaN with boxes title Text[c] fillcolor rgb Colour[c]
unset multiplot

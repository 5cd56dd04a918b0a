# SPDX-License-Identifier: MIT
# Who is the answer where: a panel for each number of threads, objects held upwards, the share that
# another thread frees to the right. Colour and letters say who; a hatched cell is not decided.
# Columns: panel, its title, row, objects held, column, share in per cent, who leads, mark, the leader's letter,
# whether it is decided (0 or 1), kind of answer.
here = ARG0[1:strlen(ARG0) - strlen("regime.gp")]
data = ARG1
out = ARG2
load here."style.gp"

array Hold[100]
array Share[100]
array Letter[100]
do for [i = 1:100] { Hold[i] = ""; Share[i] = ""; Letter[i] = "" }
stats data skip 1 using (Title[int($1)] = strcol(2), $1) nooutput
nr_panels = int(STATS_max)
stats data skip 1 using (Hold[int($3)] = strcol(4), $3) nooutput
nr_rows = int(STATS_max)
stats data skip 1 using (Share[int($5)] = strcol(6), $5) nooutput
nr_columns = int(STATS_max)

# Who leads somewhere, each once.
nr_names = 0
remember(name, letter) = (known = 0, sum [i = 1:nr_names] (Name[i] eq name ? (known = 1) : 0), \
    known || letter eq "-" ? 0 : (nr_names = nr_names + 1, Name[nr_names] = name, Letter[nr_names] = letter, 1))
stats data skip 1 using (remember(strcol(7), strcol(9)), 1) nooutput

columns = nr_panels < 3 ? nr_panels : 3
pad_left = 84
panel_height = pad_top + pad_bottom + nr_rows * 40
foot_height = 92
height = page_height(nr_panels)
eval page_terminal(height)
set output out

part(colour, from) = int(0.75 * int("0x".substr(colour, from, from + 1)) + 0.25 * 255)
pale(colour) = 65536 * part(colour, 2) + 256 * part(colour, 4) + part(colour, 6)
set xrange [0.5:nr_columns + 0.5]
set yrange [0.5:nr_rows + 0.5]
set xlabel "share freed by another thread" offset 0, 0.4
set ylabel "objects held by a thread" offset 0, 0
unset grid
unset xtics
unset ytics
set xtics () scale 0
set ytics () scale 0
do for [i = 1:nr_columns] { set xtics add (Share[i]." %%" i) }
do for [i = 1:nr_rows] { set ytics add (Hold[i] i) }
set style fill solid 1 border rgb "#ffffff"

set multiplot
eval heading("Who is the answer where", \
    "one letter: proven ahead of all others, or plain malloc where nothing gains enough; hatched: not decided between the letters, or not known")
do for [panel = 1:nr_panels] {
    eval panel_place(panel - 1)
    set title Title[panel] font ",12"
    plot data skip 1 using ($1 == panel && $10 == 1 ? $5 : NaN):3:($5 - 0.5):($5 + 0.5): \
            ($3 - 0.5):($3 + 0.5):(rgb(colour(strcol(7)))) \
            with boxxyerror fillstyle solid 1 linecolor rgb variable, \
        data skip 1 using ($1 == panel && $10 == 0 ? $5 : NaN):3:($5 - 0.5):($5 + 0.5): \
            ($3 - 0.5):($3 + 0.5):(pale(strcol(8) eq "?" ? "#8c8c8c" : colour(strcol(7)))) \
            with boxxyerror fillstyle pattern 5 linecolor rgb variable, \
        data skip 1 using ($1 == panel && ($10 == 0 || !is_dark(colour(strcol(7)))) ? $5 : NaN):3:(strcol(8)) \
            with labels font ",11" textcolor rgb ink, \
        data skip 1 using ($1 == panel && $10 == 1 && is_dark(colour(strcol(7))) ? $5 : NaN):3:(strcol(8)) \
            with labels font ",11" textcolor rgb "#ffffff"
    unset label
}
eval legend_place
set xrange [0:1]
set yrange [0:1]
plot for [i = 1:nr_names] NaN with boxes fillstyle solid 1 linecolor rgb colour(Name[i]) \
        title Letter[i]." ".Name[i], \
    NaN with boxes fillstyle pattern 5 linecolor rgb "#b0b0b0" title "? not known", \
    NaN with boxes fillstyle pattern 5 linecolor rgb ink title "not decided; the leader's colour"
unset multiplot

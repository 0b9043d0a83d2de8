#!/bin/sh
# The main job from end to end: the textbook question worked out, then a problem set for 30 simulated students.
# Everything goes into demo/, which git ignores. A rerun keeps what was handed out, as `gradpath make` always does;
# to begin anew, remove demo/.
set -eu
cd "$(dirname "$0")/.."

run() {
    printf '\n$ %s\n' "$*"
    sh scripts/in_venv.sh "$@"
}

mkdir -p demo/set
run gradpath solve examples/textbook.toml --pdf demo/textbook.pdf
# `new` overwrites nothing: the 30 students are there before it would write its example.
[ -e demo/set/roster.csv ] || cp examples/class.csv demo/set/roster.csv
run gradpath new demo/set
run gradpath make demo/set
run gradpath simulate demo/set
run gradpath grade demo/set
run gradpath feedback demo/set --before-due

# A demo that names a file must have made it.
show() {
    [ -e "demo/$1" ] || { echo "demo: demo/$1 was not made" >&2; exit 1; }
    printf '  %-28s %s\n' "demo/$1" "$2"
}

printf '\nWhat there is now:\n'
show textbook.pdf 'the textbook question, worked out step by step'
show set/assignment.toml 'what was asked for, and of whom:'
show set/roster.csv '30 invented students'
show set/sheets.pdf "every student's sheet, for the printer"
show set/sheets 'the same, one PDF a student'
show set/key.pdf 'the answers, each with its accepted range'
show set/submissions 'what the simulated students handed in'
show set/grades.csv 'a row a student, a column a question'
show set/class.html 'the class on one page: marks, steps, misconceptions, what to look at'
show set/marks.json 'every slot: what was written, what it was taken for, what it earned'
show set/feedback 'for each student: what was right, and what the first mistake did to the rest'
echo 'Open first: demo/set/sheets.pdf'

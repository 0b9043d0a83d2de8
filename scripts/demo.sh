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

cat <<'END'

What there is now:
  demo/textbook.pdf              the textbook question, worked out step by step
  demo/set/assignment.toml       what was asked for, and of whom:
  demo/set/roster.csv            30 invented students
  demo/set/sheets.pdf            every student's sheet, for the printer
  demo/set/sheets/               the same, one PDF a student
  demo/set/key.pdf               the answers, each with its accepted range
  demo/set/submissions/          what the simulated students handed in
  demo/set/grades.csv            a row a student, a column a question
  demo/set/marks.json            every slot: what was written, what it was taken for, what it earned
Open first: demo/set/sheets.pdf
END

"""`python -m tests.classroom`: the marking against an examiner, for classes of every kind on every recipe."""

from __future__ import annotations

import argparse
import sys

from tests.classroom.comparison import AT_WORST, ON_AVERAGE, Judged, Row, bench, gifts, held, rows, unfair
from tests.classroom.recipes import names
from tests.classroom.students import KINDS

_LINE = "{:16} {:48} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7}  {}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.classroom", description=__doc__)
    parser.add_argument("--recipe", action="append", choices=names(), help="all, if not given")
    parser.add_argument("--kind", action="append", default=[], help="part of the names of kinds, or a family")
    parser.add_argument("--students", type=int, default=60, help="of each kind on each recipe (60)")
    parser.add_argument("--questions", type=int, default=12, help="of each recipe (12)")
    parser.add_argument("--parameter", action="append", default=[], help="asked for; any, if not given")
    parser.add_argument("--quantity", choices=("gradient", "updated"), default="updated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worst", type=int, default=0, help="so many sheets in full, the worst of a kind each")
    chosen = parser.parse_args()
    kinds = [
        kind
        for kind in KINDS
        if not chosen.kind or any(part in kind.name or part == kind.family for part in chosen.kind)
    ]
    print(_LINE.format("recipe", "kind", "students", "losing", "more", "most", "gift", "most", "said of struck boxes"))
    judged: list[Judged] = []
    for name in chosen.recipe or names():
        parameters = chosen.parameter or ["any"]
        seats = bench(name, chosen.questions, parameters=parameters, quantity=chosen.quantity)
        judged += (some := held(seats, kinds, chosen.students, chosen.seed))
        for row in rows(some):
            print(_said(row), flush=True)
    print()
    for family in ("honest", "weak", "careless"):
        group = [one for one in judged if one.kind.family == family]
        losing = [one.lost for one in group if one.lost > 1e-9]
        print(f"{family}: {len(losing):,} of {len(group):,} lose more than an examiner takes; {_sizes(losing)}")
    cunning = [row for row in rows(judged) if row.kind.family == "cunning"]
    over = [row for row in cunning if row.gift > ON_AVERAGE or row.most_gift > AT_WORST]
    print(f"cunning: {len(over)} of {len(cunning)} classes earn beyond 5 % on average or 15 % at worst")
    for wrong in ("misconception", "slip"):
        of = [row for row in rows(judged) if row.kind.wrong == wrong]
        unnamed = [f"{row.recipe}, {row.kind.name} ({100 * row.named:.0f} %)" for row in of if row.named < 0.9]
        print(f"{wrong}: named in 90 % of the boxes struck or more: {len(of) - len(unnamed)} of {len(of)} classes")
        print("".join(f"    not {name}\n" for name in unnamed), end="")
    for some in (unfair(judged), gifts(judged)):
        worst = {(one.recipe, one.kind.name): one for one in reversed(some)}
        for one in sorted(worst.values(), key=lambda one: -abs(one.lost))[: chosen.worst]:
            print(in_full(one))
    return 0


def _said(row: Row) -> str:
    said = ", ".join(f"{count} {word}" for word, count in row.verdicts.most_common())
    shares = (f"{100 * share:.1f}" for share in (row.lost, row.most_lost, row.gift, row.most_gift))
    return _LINE.format(row.recipe, row.kind.name, row.students, row.losing, *shares, said)


def _sizes(losing: list[float]) -> str:
    if not losing:
        return "nobody"
    counts = [sum(lost > share for lost in losing) for share in (0.05, 0.25, 0.5)]
    return f"{counts[0]} by more than 5 %, {counts[1]} by more than 25 %, {counts[2]} by more than 50 %"


def in_full(one: Judged) -> str:
    """A sheet to be tried again by hand."""
    givens = ", ".join(f"{given.key} = {one.question.printed(given)}" for given in one.question.derivation.givens)
    where = f"{one.recipe}, {one.question.derivation.parameter.key}, {one.kind.name}, number {one.number}"
    lines = [f"\n{where}: earned {100 * one.earned:.1f} %, deserved {100 * one.deserved:.1f} %", givens]
    for slot, verdict in zip(one.question.slots, one.verdicts, strict=True):
        mark = "*" if slot.name in one.sheet.struck else " "
        right = one.question.printed(slot.step)
        lines.append(f" {mark} {slot.name:24} {one.sheet.written[slot.name]:>14}  right {right:>12}  {verdict}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

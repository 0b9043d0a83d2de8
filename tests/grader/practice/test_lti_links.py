"""Links in courses: chosen by deep linking or by hand, and what whoever leads the course sees."""

from __future__ import annotations

import csv
import io

from tests.grader.practice.course_visits import Account, Tool, field_of
from tests.grader.practice.platform_standin import DEEP, Claims, Link, Standin


def chosen(account: Account, standin: Standin, shows: str) -> Claims:
    """What the platform takes for a choice."""
    page = account.launch("choose")
    page = account.post("/lti/choose", on=field_of(page, "on"), shows=shows, marks="yes")
    assert f"form-action 'self' {standin.address}" in page.headers["content-security-policy"]
    answer = account.client.post(f"{standin.address}/chosen", data={"JWT": field_of(page, "JWT")})
    assert (answer.status_code, standin.refusals) == (200, [])
    (item,) = standin.answers[-1][f"{DEEP}content_items"]
    found: Claims = item
    return found


def test_a_lesson_is_chosen_by_deep_linking(lee: Account, standin: Standin) -> None:
    item = chosen(lee, standin, "lesson:local")
    assert item["url"] == f"{standin.tool}/lti/launch"
    assert item["custom"] == {"gradpath": "lesson:local"}
    assert item["lineItem"]["scoreMaximum"] == 100
    # The link that the platform makes of it leads there.
    standin.links["made"] = Link("r9", item["custom"])
    with Account(standin, "ben") as ben:
        assert ben.launch("made").url.path.startswith("/q/")


def test_an_assignments_column_is_out_of_its_marks(lee: Account, standin: Standin) -> None:
    item = chosen(lee, standin, standin.links["homework"].custom["gradpath"])
    assert (item["title"], item["lineItem"]["scoreMaximum"]) == ("Homework 3", 4)
    page = lee.launch("choose")
    assert lee.post("/lti/choose", on=field_of(page, "on"), shows="assignment:none").status_code == 422


def test_a_choice_is_its_makers_and_not_a_students(lee: Account, ada: Account, tool: Tool) -> None:
    on = field_of(lee.launch("choose"), "on")
    assert ada.launch("choose").status_code == 403
    ada.launch("lesson")
    assert ada.post("/lti/choose", on=on, shows="lesson:local").status_code == 403
    lee.launch("choose")
    assert lee.post("/lti/choose", on=on[:-3] + "abc", shows="lesson:local").status_code == 400
    lee.launch("choose")
    tool.clock.more = 3700
    assert lee.post("/lti/choose", on=on, shows="lesson:local").status_code == 403


def test_a_link_made_by_hand_shows_what_its_instructor_chose(lee: Account, ada: Account) -> None:
    assert ada.launch("unset").status_code == 404
    page = lee.launch("unset")
    course = page.url.path
    assert course.startswith("/lti/course/")
    lee.post(course, shows="lesson:local")
    assert ada.launch("unset").url.path.startswith("/q/")
    # A student opens no page for whoever leads the course.
    assert ada.get(course).status_code == 403
    assert ada.get(f"{course}/roster.csv").status_code == 403


def test_the_course_is_compared_with_the_roster(lee: Account, standin: Standin) -> None:
    course = lee.launch("homework").url.path
    assert "0 of 6 sheets opened" in lee.page.text
    assert "Scores in the gradebook: 0" in lee.page.text
    page = lee.get(f"{course}?people=1")
    assert "4 students in the course" in page.text
    assert "Without a sheet: Eve" in page.text
    assert "s3, s4, s5" in page.text
    rows = list(csv.DictReader(io.StringIO(lee.get(f"{course}/roster.csv").text.lstrip("\ufeff"))))
    assert [row["id"] for row in rows] == ["Ada@Example.org", "ben@example.org", "0042", "eve@example.org"]
    assert standin.refusals == []

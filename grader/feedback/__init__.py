"""What a student gets back: what was right, where it first went differently, and what that did to the rest."""

from grader.feedback.content import StudentFeedback, feedback_for
from grader.feedback.machine import feedback_json
from grader.feedback.pages import feedback_html, feedback_pdf, paper_html, paper_pdf

__all__ = [
    "StudentFeedback",
    "feedback_for",
    "feedback_html",
    "feedback_json",
    "feedback_pdf",
    "paper_html",
    "paper_pdf",
]

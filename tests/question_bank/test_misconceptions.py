"""The catalogue: what its entries say, what they compute, and that each can be told from the right formula."""

import pickle
import re

import pytest

from question_bank.misconceptions import CATALOGUE, Misconception, by_id

LONGEST_SENTENCE = 130
SHORTEST_SENTENCE = 20

each_entry = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)


@each_entry
def test_both_sentences_are_one_sentence_of_a_length_that_is_read(entry: Misconception) -> None:
    for sentence in (entry.student, entry.instructor):
        assert SHORTEST_SENTENCE <= len(sentence) <= LONGEST_SENTENCE
        assert re.fullmatch(r"[A-Z][^.?!]*[.?]", sentence)


@each_entry
def test_the_student_is_told_where_to_look_and_no_number(entry: Misconception) -> None:
    assert not re.search(r"\d", entry.student)
    assert re.search(r"\b(look|compare|count|follow|check)\b", entry.student, re.IGNORECASE)


def test_ids_are_unique_and_look_up_their_entries() -> None:
    assert len(by_id(CATALOGUE)) == len(CATALOGUE)
    assert all(by_id(CATALOGUE)[entry.id] is entry for entry in CATALOGUE)


def test_a_catalogue_is_a_key_and_reaches_a_worker_process() -> None:
    assert hash(CATALOGUE) == hash(tuple(CATALOGUE))
    assert pickle.loads(pickle.dumps(CATALOGUE)) == CATALOGUE  # noqa: S301

"""The two scripts that most users of Examen come from, by the calls that they make: questions go in with a suggested key and
come out with the reviewers' answers."""

import argilla as rg
import pytest
from conftest import unique

LETTERS = ["answer_a", "answer_b", "answer_c", "answer_d"]


@pytest.fixture
def name(owner):
    """The scripts use the default workspace."""
    name = unique("exam")
    yield name
    dataset = owner.datasets(name)
    if dataset:
        dataset.delete()


def annotate(client, name) -> rg.Dataset:
    """As the seeding script: an older dataset of that name is deleted, a new one made and filled."""
    if client.datasets(name):
        client.datasets(name).delete()
    settings = rg.Settings(
        fields=[rg.TextField("question"), *(rg.TextField(letter) for letter in LETTERS)],
        questions=[
            rg.LabelQuestion(name="correct_answer", labels=LETTERS),
            rg.TextQuestion(name="improved_question", description="Could it be asked better?"),
            rg.TextQuestion(name="improved_answer", description="Could it be answered better?"),
        ],
    )
    dataset = rg.Dataset(settings=settings, name=name)
    dataset.create()
    records = [
        rg.Record(
            fields={"question": f"¿Cuánto es {n} + {n}?", **{letter: str(2 * n + place) for place, letter in enumerate(LETTERS)}},
            suggestions=[rg.Suggestion(question_name="correct_answer", value="answer_a")],
        )
        for n in range(300)
    ]
    dataset.records.log(records)
    return dataset


def collect(client, name) -> list[dict]:
    """As the publishing script: the last answer to the question, else the suggestion."""
    rows = []
    for record in client.datasets(name).records(with_suggestions=True, with_responses=True):
        row = record.fields
        if len(record.responses) == 0:
            row["correct_answer"] = record.suggestions["correct_answer"].value
        for response in record.responses:
            if response.question_name == "correct_answer":
                row["correct_answer"] = response.value
        rows.append(row)
    return rows


def test_an_exam_goes_in_and_comes_out(owner, name):
    first = annotate(owner, name)
    second = annotate(owner, name)
    assert second.id != first.id and owner.datasets(name).id == second.id
    record = list(second.records)[7]
    values = {"correct_answer": "answer_c", "improved_question": "¿7 + 7?", "improved_answer": "14"}
    body = {"status": "submitted", "values": {question: {"value": value} for question, value in values.items()}}
    assert owner.http_client.post(f"/api/v1/records/{record._server_id}/responses", json=body).status_code == 201

    rows = collect(owner, name)
    assert [row["question"] for row in rows] == [f"¿Cuánto es {n} + {n}?" for n in range(300)]
    assert [row["correct_answer"] for row in rows] == ["answer_c" if n == 7 else "answer_a" for n in range(300)]
    assert set(rows[0]) == {"question", *LETTERS, "correct_answer"}

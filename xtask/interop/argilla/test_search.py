"""Finding records: words, filters, vectors, and all of them together."""

from datetime import timedelta

import argilla as rg
import pytest
from argilla._exceptions import UnprocessableEntityError
from conftest import every_kind, found, texts, unique

TEXTS = {
    "fox": "The quick brown fox jumps over the lazy dog",
    "dog": "A lazy afternoon: the dog sleeps.",
    "rabbit": "El veloz conejo saltó sobre el PERRO perezoso",
    "coffee": "Un café con leche, y una caña en la calle de León",
    "hyphen": "A well-known e-mail address: ana@example.org",
}


@pytest.fixture(scope="module")
def zoo(owner):
    """A dataset that the searches of this file share, made once: none of them changes it."""
    workspace = rg.Workspace(name=unique("zoo"), client=owner).create()
    ana = rg.User(username=f"ana_{workspace.id}", password="a long password", client=owner).create()
    settings = every_kind()
    settings["fields"].append(rg.TextField(name="note", required=False))
    settings["distribution"] = rg.TaskDistribution(min_submitted=1)
    dataset = rg.Dataset(name="zoo", workspace=workspace, settings=rg.Settings(**settings), client=owner).create()
    records = []
    for place, (name, text) in enumerate(TEXTS.items()):
        record = rg.Record(
            id=name,
            fields={"text": text, "chat": [{"role": "user", "content": f"question {name}"}]},
            metadata={"n": place * 10, "quality": place / 4, "source": "web" if place % 2 else "book"},
            vectors={"embedding": [1.0, place / 2, 0.0]},
            suggestions=[
                rg.Suggestion("label", ["pos", "neg"][place % 2], score=place / 5, agent=["m1", "m2"][place // 3], type="model"),
                rg.Suggestion("topics", ["a", "b"] if place < 2 else ["c"], score=[0.1, 0.9] if place < 2 else [0.5]),
                rg.Suggestion("rating", [1, 2, 3, 10, 0][place]),
            ],
        )
        records.append(record)
    records[0].responses.add(rg.Response("label", "pos", user_id=ana.id, status="submitted"))
    records[0].responses.add(rg.Response("rating", 3, user_id=ana.id, status="submitted"))
    records[1].responses.add(rg.Response("label", "neg", user_id=ana.id, status="draft"))
    records[2].responses.add(rg.Response("label", "neu", user_id=ana.id, status="discarded"))
    records[3].fields["note"] = "a lazy note"
    del records[4].metadata["source"]
    del records[4].vectors["embedding"]
    dataset.records.log(records)
    yield dataset
    dataset.delete()
    ana.delete()
    workspace.delete()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lazy", "coffee dog fox"),
        ("LAZY dog", "dog fox"),
        ('"lazy dog"', "fox"),
        ('"dog lazy"', ""),
        ("dog -fox", "dog"),
        ("fox | conejo", "fox rabbit"),
        ("(fox | conejo) lazy", "fox"),
        ("caf*", "coffee"),
        ("cafe", "coffee"),
        ("CAFÉ", "coffee"),
        ("salto", "rabbit"),
        ("cana leon", "coffee"),
        ("perro", "rabbit"),
        ("perr", ""),
        ("well-known", "hyphen"),
        ("ana@example.org", "hyphen"),
        ("question rabbit", "rabbit"),
        ("nothing", ""),
        ("laz?", ""),
        ("'; DROP TABLE records; --", ""),
        ("NEAR(lazy dog)", ""),
        ("text : lazy", ""),
        ("^lazy", "coffee dog fox"),
        ("+lazy +dog", "dog fox"),
        ("- ( ) | \" *", ""),
    ],
)
def test_words(zoo, query, expected):
    assert found(zoo, query=query) == expected.split()


def test_a_text_is_a_query_too(zoo):
    assert sorted(record.id for record in zoo.records(query="lazy dog")) == ["dog", "fox"]
    assert [record.id for record in zoo.records("conejo")] == ["rabbit"]
    assert len(list(zoo.records(query=rg.Query()))) == len(TEXTS)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("id", "==", "fox"), "fox"),
        (("id", "in", ["fox", "dog", "cow"]), "dog fox"),
        (("status", "==", "completed"), "fox"),
        (("status", "in", ["completed", "pending"]), "coffee dog fox hyphen rabbit"),
        (("metadata.source", "==", "web"), "coffee dog"),
        (("metadata.source", "in", ["web", "book"]), "coffee dog fox rabbit"),
        (("metadata.n", ">=", 30), "coffee hyphen"),
        (("metadata.n", "<=", 10), "dog fox"),
        (("metadata.n", "==", 20), "rabbit"),
        (("metadata.quality", ">=", 0.75), "coffee hyphen"),
        (("label", "==", "neg"), "coffee dog"),
        (("label.suggestion", "in", ["pos", "neg"]), "coffee dog fox hyphen rabbit"),
        (("label.score", ">=", 0.6), "coffee hyphen"),
        (("label.score", "<=", 0.2), "dog fox"),
        (("label.agent", "==", "m2"), "coffee hyphen"),
        (("label.type", "==", "model"), "coffee dog fox hyphen rabbit"),
        (("label.type", "==", "human"), ""),
        (("topics.suggestion", "==", "b"), "dog fox"),
        (("topics.score", ">=", 0.8), "dog fox"),
        (("rating.suggestion", ">=", 3), "coffee rabbit"),
        (("label.response", "==", "neg"), "dog"),
        (("label.response", "in", ["pos", "neu"]), "fox rabbit"),
        (("rating.response", ">=", 2), "fox"),
        (("response.status", "==", "submitted"), "fox"),
        (("response.status", "in", ["draft", "discarded"]), "dog rabbit"),
        (("response.status", "==", "pending"), "coffee hyphen"),
        (("response.status", "in", ["pending", "submitted"]), "coffee fox hyphen"),
    ],
)
def test_filters(zoo, condition, expected):
    assert found(zoo, filter=rg.Filter(condition)) == expected.split()
    assert found(zoo, filter=condition) == expected.split()


def test_filters_by_server_id_and_time(zoo):
    record = next(iter(zoo.records))
    assert found(zoo, filter=("_server_id", "==", str(record._server_id))) == [record.id]
    for property in ("inserted_at", "updated_at"):
        at = getattr(record, property)
        assert len(found(zoo, filter=(property, ">=", at - timedelta(hours=1)))) == len(TEXTS)
        assert found(zoo, filter=(property, "<=", at - timedelta(hours=1))) == []
        assert found(zoo, filter=[(property, ">=", at), (property, "<=", at), ("id", "==", record.id)]) == [record.id]


def test_conditions_hold_together(zoo):
    both = [("metadata.source", "==", "book"), ("label.suggestion", "==", "pos")]
    assert found(zoo, filter=both) == ["fox", "rabbit"]
    assert found(zoo, query="lazy", filter=rg.Filter(both)) == ["fox"]
    assert found(zoo, filter=[*both, ("metadata.n", ">=", 10), ("metadata.n", "<=", 30)]) == ["rabbit"]


def test_vectors(zoo):
    def nearest(**more):
        limit = more.pop("limit", None)
        similar = rg.Similar(name="embedding", **more.pop("similar"))
        return [(record.id, score) for record, score in zoo.records(query=rg.Query(similar=similar, **more), limit=limit)]

    east = {"value": [1.0, 0.0, 0.0]}
    order = ["fox", "dog", "rabbit", "coffee"]
    assert [name for name, _ in nearest(similar=east)] == order
    assert [name for name, _ in nearest(similar={**east, "most_similar": False})] == order[::-1]
    scores = [score for _, score in nearest(similar=east)]
    expected = [(1 + 1 / (1 + (place / 2) ** 2) ** 0.5) / 2 for place in range(4)]
    assert scores == pytest.approx(expected, abs=1e-6)
    fox = next(iter(zoo.records))
    assert [name for name, _ in nearest(similar={"value": fox})] == order[1:]
    assert [name for name, _ in nearest(similar=east, limit=2)] == order[:2]
    assert [name for name, _ in nearest(similar=east, filter=("metadata.source", "==", "web"))] == ["dog", "coffee"]
    assert [name for name, _ in nearest(similar=east, query="lazy")] == ["fox", "dog", "coffee"]


def test_what_is_found_comes_whole(zoo):
    (record,) = zoo.records(query=rg.Query(query="fox"), with_vectors=True)
    assert record.vectors["embedding"] == [1.0, 0.0, 0.0] and record.suggestions["rating"].value == 1
    assert record.responses["rating"][0].value == 3
    (bare,) = zoo.records(query=rg.Query(query="fox"), with_suggestions=False, with_responses=False)
    assert len(bare.suggestions) == len(bare.responses) == 0


def test_searches_for_what_is_not_there(zoo):
    without_vector = list(zoo.records)[-1]
    for query in [
        rg.Query(filter=("metadata.zz", "==", 1)),
        rg.Query(filter=("zz.suggestion", "==", 1)),
        rg.Query(filter=("zz.response", "==", 1)),
        rg.Query(filter=rg.Filter(("metadata.n", "in", []))),
        rg.Query(filter=rg.Filter([("metadata.n", ">=", 1)] * 51)),
        rg.Query(similar=rg.Similar(name="zz", value=[1.0, 0.0, 0.0])),
        rg.Query(similar=rg.Similar(name="embedding", value=[1.0])),
        rg.Query(similar=rg.Similar(name="embedding", value=without_vector)),
    ]:
        with pytest.raises(UnprocessableEntityError):
            list(zoo.records(query=query))


def test_long_results_come_in_pages(make_dataset):
    dataset = make_dataset()
    dataset.records.log(texts(1_500))
    assert len(found(dataset, query="text")) == 1_500
    assert len(list(dataset.records(query=rg.Query(query="text"), batch_size=7, limit=50))) == 50
    assert len({record.id for record in dataset.records(query=rg.Query(query="text"), batch_size=999)}) == 1_500


def test_changed_and_deleted_texts_are_no_longer_found(make_dataset):
    dataset = make_dataset()
    dataset.records.log([rg.Record(id="1", fields={"text": "before"}), rg.Record(id="2", fields={"text": "before too"})])
    dataset.records.log([rg.Record(id="1", fields={"text": "after"})])
    assert found(dataset, query="before") == ["2"] and found(dataset, query="after") == ["1"]
    dataset.records.delete(list(dataset.records(query="after")))
    assert found(dataset, query="after") == []

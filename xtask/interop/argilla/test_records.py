"""Records: written, changed, read, deleted, with all that hangs on them."""

import uuid

import argilla as rg
import pytest
from argilla._exceptions import NotFoundError, UnprocessableEntityError
from conftest import every_kind, ids, texts
from datasets import Dataset as HFDataset
from PIL import Image

# "😀" is one code point, two UTF-16 units and four bytes.
EMOJI = "😀 Ana vive en Cádiz 👩‍👩‍👧"


@pytest.fixture
def dataset(make_dataset):
    return make_dataset(**every_kind())


def only(dataset, **include) -> rg.Record:
    (record,) = dataset.records(**include)
    return record


def test_everything_comes_back_as_it_was_given(dataset, person):
    ana = person().user
    label_start = EMOJI.index("Cádiz")
    values = {
        "label": "pos",
        "topics": ["c", "a"],
        "rating": 10,
        "ranking": ["z", "x", "y"],
        "spans": [{"label": "LOC", "start": label_start, "end": label_start + 5}, {"label": "PER", "start": 0, "end": len(EMOJI)}],
        "comment": "¡Bien! «ñ»",
    }
    scores = {"label": 0.25, "topics": [0.5, 1.0], "rating": 0, "ranking": None, "spans": [0.1, 0.2], "comment": 1}
    ranks = [{"value": value, "rank": place + 1} for place, value in enumerate(values["ranking"])]
    record = rg.Record(
        id="añadido-1",
        fields={"text": EMOJI, "chat": [{"role": "user", "content": "¿Qué?"}], "card": {"name": "a", "deep": [1, {"b": None}]}},
        metadata={"source": "web", "anything": "cualquier cosa", "n": 7, "quality": 1},
        vectors={"embedding": [0.1, -0.2, 1e-9], "other": [1, 2]},
        suggestions=[
            rg.Suggestion(name, value, score=scores[name], agent=f"model-{name}/1.0", type="model") for name, value in values.items()
        ],
        responses=[
            rg.Response(name, ranks if name == "ranking" else value, user_id=ana.id, status="submitted")
            for name, value in values.items()
        ],
    )
    dataset.records.log([record])

    seen = only(dataset, with_vectors=True)
    assert seen.id == "añadido-1" and seen.status == "pending"
    assert seen.fields["text"] == EMOJI and seen.fields["card"] == {"name": "a", "deep": [1, {"b": None}]}
    assert [(message.role, message.content) for message in seen.fields["chat"]] == [("user", "¿Qué?")]
    assert seen.metadata == {"source": "web", "anything": "cualquier cosa", "n": 7, "quality": 1}
    assert seen.vectors == {"embedding": [0.1, -0.2, 1e-9], "other": [1.0, 2.0]}
    assert {suggestion.question_name: suggestion.value for suggestion in seen.suggestions} == values
    assert {suggestion.question_name: suggestion.score for suggestion in seen.suggestions} == scores
    assert {suggestion.agent for suggestion in seen.suggestions} == {f"model-{name}/1.0" for name in values}
    assert {response.question_name: response.value for response in seen.responses} == values
    assert {(response.user_id, response.status) for response in seen.responses} == {(ana.id, "submitted")}
    assert seen.get().fields["text"] == EMOJI


def test_records_are_dictionaries_too(owner, make_dataset):
    dataset = make_dataset(
        fields=[rg.TextField(name="text"), rg.TextField(name="context", required=False)],
        questions=[rg.LabelQuestion(name="label", labels=["yes", "no"]), rg.TextQuestion(name="comment", required=False)],
        metadata=[rg.IntegerMetadataProperty(name="n")],
        vectors=[rg.VectorField(name="v", dimensions=2)],
    )
    rows = [{"id": 1, "words": "uno", "label": "yes", "p": 0.5, "who": "m", "human": "no", "n": 3, "v": [1.0, 0.0]}]
    mapping = {
        "words": ("text", "context"),
        "label": "label.suggestion",
        "p": "label.suggestion.score",
        "who": "label.suggestion.agent",
        "human": "label.response",
    }
    dataset.records.log(rows, mapping=mapping)
    record = only(dataset, with_vectors=["v"])
    assert record.id == "1" and dict(record.fields) == {"text": "uno", "context": "uno"}
    suggestion, (response,) = record.suggestions["label"], record.responses["label"]
    assert (suggestion.value, suggestion.score, suggestion.agent) == ("yes", 0.5, "m")
    assert (response.value, response.status, response.user_id) == ("no", "draft", owner.me.id)
    assert record.metadata == {"n": 3} and record.vectors == {"v": [1.0, 0.0]}


def test_responses_are_somebody_elses_where_that_is_said(make_dataset, person):
    dataset, ana = make_dataset(), person().user
    dataset.records.log([{"text": "t", "human": "yes"}], mapping={"human": "label.response"}, user_id=ana.id)
    assert [response.user_id for response in only(dataset).responses] == [ana.id]


def test_a_hugging_face_dataset_is_logged(make_dataset):
    dataset = make_dataset()
    dataset.records.log(HFDataset.from_dict({"id": ["a", "b"], "text": ["uno", "dos"], "label": ["yes", "no"]}))
    assert {record.id: record.suggestions["label"].value for record in dataset.records} == {"a": "yes", "b": "no"}


def test_no_id_is_an_id_of_its_own(make_dataset):
    dataset = make_dataset()
    dataset.records.log([{"text": "same"}, {"text": "same"}])
    assert len({uuid.UUID(record.id) for record in dataset.records}) == 2


def test_a_known_id_is_an_update(dataset, person):
    ana, luis = person().user, person().user
    dataset.records.log(
        [
            rg.Record(
                id="1",
                fields={"text": "old"},
                metadata={"n": 1},
                vectors={"other": [1.0, 1.0]},
                suggestions=[rg.Suggestion("label", "pos"), rg.Suggestion("rating", 1)],
                responses=[rg.Response("label", "pos", user_id=ana.id, status="submitted")],
            ),
            rg.Record(id="2", fields={"text": "another"}),
        ]
    )
    before = next(iter(dataset.records))
    dataset.records.log(
        [
            rg.Record(
                id="1",
                fields={"text": "new"},
                metadata={"source": "book"},
                vectors={"embedding": [0.0, 0.0, 1.0]},
                suggestions=[rg.Suggestion("label", "neg", score=0.9, agent="again")],
                responses=[rg.Response("label", "neu", user_id=luis.id, status="submitted")],
            ),
            rg.Record(id="3", fields={"text": "new too"}),
        ]
    )
    assert ids(dataset.records) == ["1", "2", "3"]
    after = next(iter(dataset.records(with_vectors=True)))
    assert after._server_id == before._server_id and after.inserted_at == before.inserted_at
    assert after.updated_at > before.updated_at
    assert after.fields["text"] == "new" and after.metadata == {"source": "book"}
    assert {kept.question_name: kept.value for kept in after.suggestions} == {"label": "neg", "rating": 1}
    assert (after.suggestions["label"].score, after.suggestions["label"].agent) == (0.9, "again")
    assert {response.user_id: response.value for response in after.responses} == {ana.id: "pos", luis.id: "neu"}
    assert after.vectors == {"other": [1.0, 1.0], "embedding": [0.0, 0.0, 1.0]}
    assert after.status == "completed"


def test_a_part_of_a_record_is_updated_by_its_id(dataset):
    dataset.records.log([rg.Record(id="1", fields={"text": "kept"}, metadata={"n": 1})])
    dataset.records.log([rg.Record(id="1", metadata={"n": 2})])
    dataset.records.log([{"id": "1", "label": "neg"}])
    record = only(dataset)
    assert record.fields["text"] == "kept" and record.suggestions["label"].value == "neg"
    with pytest.raises(UnprocessableEntityError):
        dataset.records.log([rg.Record(id="not there", metadata={"n": 2})])


def test_one_record_is_updated_and_deleted(owner, dataset):
    dataset.records.log(texts(2))
    record = next(iter(dataset.records))
    record.metadata["n"] = 9
    record.vectors["other"] = [3.0, 4.0]
    record.suggestions.add(rg.Suggestion("label", "neu"))
    record.update()
    seen = next(iter(dataset.records(with_vectors=True)))
    assert seen.metadata == {"n": 9} and seen.vectors == {"other": [3.0, 4.0]}
    assert seen.suggestions["label"].value == "neu" and seen.fields["text"] == "text 0"
    record.delete()
    assert ids(dataset.records) == ["r1"]
    with pytest.raises(NotFoundError):
        owner.api.records.get(seen._server_id)


def test_images(dataset):
    picture = Image.new("RGB", (3, 2), (200, 10, 10))
    picture.format = "PNG"
    dataset.records.log(
        [
            rg.Record(id="picture", fields={"text": "t", "image": picture}),
            rg.Record(id="address", fields={"text": "t", "image": "https://example.org/a%20b.png?x=1"}),
        ]
    )
    seen = {record.id: record for record in dataset.records}
    assert seen["picture"].fields["image"].size == (3, 2)
    assert seen["picture"].fields["image"].getpixel((0, 0)) == (200, 10, 10)
    assert seen["address"].fields["image"] == "https://example.org/a%20b.png?x=1"
    large = "data:image/png;base64," + "A" * 4_000_000
    dataset.records.log([rg.Record(id="large", fields={"text": "t", "image": large})])
    assert dict.__getitem__(list(dataset.records)[-1].fields, "image") == large
    for bad in ["data:image/bmp;base64,AAAA", "https://", "data:image/png;base64," + "A" * 5_000_000]:
        with pytest.raises(UnprocessableEntityError):
            dataset.records.log([rg.Record(fields={"text": "t", "image": bad})])


def test_ids_that_are_not_ascii_or_look_strange(make_dataset):
    dataset = make_dataset()
    strange = ["ñandú", "a,b", "100%", "日本", "with space", "\"quoted'", "x" * 500]
    dataset.records.log([rg.Record(id=name, fields={"text": name}) for name in strange])
    assert ids(dataset.records) == strange
    for name in strange:
        query = rg.Query(filter=rg.Filter(("id", "==", name)))
        assert [record.fields["text"] for record in dataset.records(query=query)] == [name]


def test_many_batches_and_how_they_are_read(make_dataset):
    dataset = make_dataset()
    dataset.records.log(texts(1_100), batch_size=500)
    every = [f"r{i}" for i in range(1_100)]
    assert ids(dataset.records) == every
    assert ids(dataset.records(batch_size=7, limit=20)) == every[:20]
    assert ids(dataset.records(start_offset=1_090)) == every[1_090:]
    assert ids(dataset.records(start_offset=5, limit=1, batch_size=1)) == ["r5"]
    assert ids(dataset.records(batch_size=1_000)) == every


def test_only_what_is_asked_for(dataset, person):
    user = person().user
    record = texts(1)[0]
    record.suggestions.add(rg.Suggestion("label", "pos"))
    record.responses.add(rg.Response("label", "pos", user_id=user.id, status="draft"))
    record.vectors.update({"embedding": [1.0, 0.0, 0.0], "other": [1.0, 0.0]})
    dataset.records.log([record])
    bare = only(dataset, with_suggestions=False, with_responses=False)
    assert (len(bare.suggestions), len(bare.responses), bare.vectors) == (0, 0, {})
    full = only(dataset, with_vectors=["other"])
    assert (len(full.suggestions), len(full.responses), full.vectors) == (1, 1, {"other": [1.0, 0.0]})
    assert only(dataset, with_vectors="embedding").vectors == {"embedding": [1.0, 0.0, 0.0]}
    assert set(only(dataset, with_vectors=True).vectors) == {"embedding", "other"}


def test_records_are_deleted(make_dataset):
    dataset = make_dataset()
    dataset.records.log(texts(200))
    records = list(dataset.records)
    dataset.records.delete(records[:150])
    assert ids(dataset.records) == [f"r{i}" for i in range(150, 200)]
    dataset.records.delete(records[:10])
    assert len(list(dataset.records)) == 50


BAD = {
    "a field that is missing": {"fields": {"card": {}}},
    "a field that is unknown": {"fields": {"text": "t", "zz": "t"}},
    "a text that is none": {"fields": {"text": {"a": 1}}},
    "a role without letters": {"fields": {"text": "t", "chat": [{"role": "", "content": "c"}]}},
    "an unknown label": {"suggestions": [("label", "perhaps", {})]},
    "a label twice": {"suggestions": [("topics", ["a", "a"], {})]},
    "no label": {"suggestions": [("topics", [], {})]},
    "an unknown rating": {"suggestions": [("rating", 4, {})]},
    "a rating that is a text": {"suggestions": [("rating", "1", {})]},
    "an unknown rank": {"suggestions": [("ranking", ["x", "w"], {})]},
    "a span that ends behind the text": {"suggestions": [("spans", [{"label": "PER", "start": 0, "end": 2}], {})]},
    "a span that ends before it starts": {"suggestions": [("spans", [{"label": "PER", "start": 1, "end": 1}], {})]},
    "a comment that is a number": {"suggestions": [("comment", 3, {})]},
    "a score above 1": {"suggestions": [("label", "pos", {"score": 1.5})]},
    "fewer scores than labels": {"suggestions": [("topics", ["a", "b"], {"score": [0.5]})]},
    "a score for a list": {"suggestions": [("topics", ["a", "b"], {"score": 0.5})]},
    "an agent with strange letters": {"suggestions": [("label", "pos", {"agent": "ñ!"})]},
    "an unknown term": {"metadata": {"source": "radio"}},
    "a fraction for an integer": {"metadata": {"n": 1.5}},
    "a number above the largest": {"metadata": {"n": 1_001}},
    "a text for a float": {"metadata": {"quality": "high"}},
    "metadata that nobody announced": {"metadata": {"zz": 1}},
    "a vector that is too short": {"vectors": {"embedding": [1.0]}},
    "a vector that nobody announced": {"vectors": {"zz": [1.0]}},
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_record_refuses_the_whole_batch_and_says_which(dataset, case):
    given = {"fields": {"text": "t"}, **BAD[case]}
    given["suggestions"] = [rg.Suggestion(name, value, **more) for name, value, more in given.get("suggestions", [])]
    # Built without a dataset, so that the SDK does not check before the server does.
    records = [record.api_model() for record in [*texts(3), rg.Record(id="bad", **given)]]
    with pytest.raises(UnprocessableEntityError) as refused:
        dataset._client.api.records.bulk_upsert(dataset.id, records)
    assert "position 3 is not valid" in str(refused.value) or '"items",3,' in str(refused.value)
    assert list(dataset.records) == []


def test_responses_that_cannot_be(dataset, person):
    user = person().user
    for responses in [
        [rg.Response("comment", "label is required", user_id=user.id, status="submitted")],
        [rg.Response("label", "perhaps", user_id=user.id, status="submitted")],
        [rg.Response("label", "pos", user_id=uuid.uuid4(), status="submitted")],
    ]:
        with pytest.raises(UnprocessableEntityError):
            dataset.records.log([rg.Record(fields={"text": "t"}, responses=responses)])
    assert list(dataset.records) == []


def test_rankings_without_ranks(dataset, person):
    user = person().user
    record = rg.Record(
        fields={"text": "t"},
        suggestions=[rg.Suggestion("ranking", ["y", "x"])],
        responses=[
            rg.Response("label", "pos", user_id=user.id, status="submitted"),
            rg.Response("ranking", ["z", "y", "x"], user_id=user.id, status="submitted"),
        ],
    )
    dataset.records.log([record])
    seen = only(dataset)
    assert seen.suggestions["ranking"].value == ["y", "x"]
    assert seen.responses["ranking"][0].value == ["z", "y", "x"]


def test_drafts_and_discards(dataset, person):
    ana, luis, eva = (person().user for _ in range(3))
    responses = [
        rg.Response("comment", "no label yet", user_id=ana.id, status="draft"),
        rg.Response("comment", "makes no sense", user_id=luis.id, status="discarded"),
        rg.Response("label", "pos", user_id=eva.id),
    ]
    dataset.records.log([rg.Record(fields={"text": "t"}, responses=responses)])
    seen = only(dataset)
    assert {response.user_id: response.status for response in seen.responses} == {ana.id: "draft", luis.id: "discarded", eva.id: "draft"}
    assert seen.status == "pending"


def test_a_discard_without_values_can_be_read(dataset, person):
    dataset.records.log(texts(1))
    record, client = only(dataset), person().client
    url = f"/api/v1/records/{record._server_id}/responses"
    assert client.http_client.post(url, json={"status": "discarded", "values": None}).status_code == 201
    assert len(only(dataset).responses) == 0


def test_extra_metadata_where_it_is_allowed(make_dataset):
    dataset = make_dataset(allow_extra_metadata=True, metadata=[rg.IntegerMetadataProperty(name="n")])
    extra = {"n": 1, "deep": {"a": [1, 2.5, None, True]}, "ключ": "значение"}
    dataset.records.log([rg.Record(fields={"text": "t"}, metadata=extra)])
    assert only(dataset).metadata == extra


def test_long_and_strange_texts(make_dataset):
    dataset = make_dataset(fields=[rg.TextField(name="text"), rg.TextField(name="optional", required=False)])
    strange = ["a" * 1_000_000, "line\r\nline\ttab", "\u2028 \ufeff \u200d", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈", "e\u0301 é", "<script>alert(1)</script>", " "]
    dataset.records.log([rg.Record(id=str(place), fields={"text": text}) for place, text in enumerate(strange)])
    assert [record.fields["text"] for record in dataset.records] == strange

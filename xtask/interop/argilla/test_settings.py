"""What a dataset consists of: every kind of field, question, metadata property and vector, and changes to them."""

import argilla as rg
import pytest
from argilla._exceptions import ArgillaAPIError, SettingsError
from conftest import every_kind, unique


def described(settings: rg.Settings) -> dict:
    """Settings without ids and times."""

    def bare(part: dict) -> dict:
        return {key: value for key, value in part.items() if key not in ("id", "dataset_id", "inserted_at", "updated_at")}

    whole = settings.serialize()
    return {key: [bare(part) for part in value] if isinstance(value, list) else value for key, value in whole.items()}


def read_again(dataset: rg.Dataset) -> rg.Dataset:
    return dataset._client.datasets(id=dataset.id).get()


def test_every_kind_is_kept(make_dataset):
    dataset = make_dataset(**every_kind())
    seen = read_again(dataset).settings
    assert described(seen) == described(dataset.settings)
    assert seen.guidelines == "Léase **con** calma." and seen.distribution.min_submitted == 2
    assert seen.allow_extra_metadata is False

    text, chat, image, card = seen.fields
    assert (text.type, text.title, text.required, text.use_markdown) == ("text", "The text", True, True)
    assert (chat.type, chat.title, chat.required, chat.use_markdown) == ("chat", "chat", False, False)
    assert image.type == "image"
    assert (card.type, card.template, card.advanced_mode) == ("custom", "<b>{{record.fields.card.name}}</b>", True)

    label, topics, rating, ranking, spans, comment = seen.questions
    assert (label.type, label.labels, label.description, label.visible_labels) == ("label_selection", ["pos", "neg", "neu"], "¿?", 3)
    assert label._model.settings.options[0]["text"] == "Positivo"
    assert (topics.labels, topics._model.settings.options_order, topics.required) == (["a", "b", "c", "d"], "suggestion", False)
    assert (rating.type, rating.values) == ("rating", [0, 1, 2, 3, 10])
    assert (ranking.type, ranking.values) == ("ranking", ["x", "y", "z"])
    assert (spans.type, spans.field, spans.labels, spans.allow_overlapping) == ("span", "text", ["PER", "LOC"], True)
    assert (comment.type, comment.use_markdown) == ("text", True)

    source, anything, n, quality = seen.metadata
    assert (source.options, source.title, source.visible_for_annotators) == (["web", "book"], "Source", True)
    assert (anything.options, anything.visible_for_annotators) == (None, False)
    assert (n.min, n.max) == (0, 1000) and (quality.min, quality.max) == (-1.5, 1.5)
    assert [(vector.name, vector.dimensions, vector.title) for vector in seen.vectors] == [
        ("embedding", 3, "Embedding"),
        ("other", 2, "other"),
    ]


def test_annotators_do_not_see_hidden_metadata(make_dataset, person):
    dataset = make_dataset(**every_kind())
    seen = person().client.datasets(id=dataset.id).get()
    assert [known.name for known in seen.settings.metadata] == ["source", "n", "quality"]


def test_titles_descriptions_and_texts_can_change(make_dataset):
    dataset = make_dataset(**every_kind())
    settings = dataset.settings
    settings.guidelines = "new"
    settings.allow_extra_metadata = True
    settings.distribution = rg.TaskDistribution(min_submitted=3)
    settings.fields["text"].title = "Otro título"
    settings.fields["text"].use_markdown = False
    settings.fields["card"].template = "<i></i>"
    settings.questions["label"].title = "Which?"
    settings.questions["label"].description = "Choose."
    settings.questions["label"].labels = {"neg": "No", "pos": "Sí", "neu": "—"}
    settings.questions["topics"].visible_labels = 3
    settings.metadata["source"].title = "From"
    settings.metadata["anything"].visible_for_annotators = True
    settings.vectors["other"].title = "Other"
    dataset.update()

    seen = read_again(dataset).settings
    assert (seen.guidelines, seen.allow_extra_metadata, seen.distribution.min_submitted) == ("new", True, 3)
    assert (seen.fields["text"].title, seen.fields["text"].use_markdown) == ("Otro título", False)
    assert seen.fields["card"].template == "<i></i>"
    assert (seen.questions["label"].title, seen.questions["label"].description) == ("Which?", "Choose.")
    assert {option["value"]: option["text"] for option in seen.questions["label"]._model.settings.options}["pos"] == "Sí"
    assert seen.questions["topics"].visible_labels == 3
    assert seen.metadata["source"].title == "From" and seen.metadata["anything"].visible_for_annotators
    assert seen.vectors["other"].title == "Other"


def test_metadata_and_vectors_come_and_go_in_a_published_dataset(make_dataset):
    dataset = make_dataset(metadata=[rg.TermsMetadataProperty(name="old")], vectors=[rg.VectorField(name="gone", dimensions=2)])
    dataset.records.log([rg.Record(id="1", fields={"text": "t"}, metadata={"old": "x"}, vectors={"gone": [1.0, 2.0]})])
    dataset.settings.metadata.add(rg.IntegerMetadataProperty(name="new"))
    dataset.settings.vectors.add(rg.VectorField(name="fresh", dimensions=1))
    dataset.settings.metadata.remove("old")
    dataset.settings.vectors.remove("gone")
    dataset.update()
    seen = read_again(dataset)
    assert [known.name for known in seen.settings.metadata] == ["new"]
    assert [known.name for known in seen.settings.vectors] == ["fresh"]
    assert next(iter(seen.records(with_vectors=True))).vectors == {}


def test_changes_that_would_orphan_answers_are_refused(make_dataset):
    def more_labels(settings):
        settings.questions["label"].labels = ["yes", "no", "perhaps"]

    def another_field(settings):
        settings.fields.add(rg.TextField(name="late"))

    def another_question(settings):
        settings.questions.add(rg.TextQuestion(name="late"))

    def no_field(settings):
        settings.fields.remove("extra")

    for change in [more_labels, another_field, another_question, no_field]:
        dataset = make_dataset(fields=[rg.TextField(name="text"), rg.TextField(name="extra")])
        change(dataset.settings)
        with pytest.raises((SettingsError, ArgillaAPIError)):
            dataset.update()
        seen = read_again(dataset).settings
        assert seen.questions["label"].labels == ["yes", "no"]
        assert [field.name for field in seen.fields] == ["text", "extra"] and len(seen.questions) == 1


IMPOSSIBLE = {
    "one label": lambda: [rg.LabelQuestion(name="q", labels=["one"])],
    "rating above 10": lambda: [rg.RatingQuestion(name="q", values=[1, 11])],
    "span without field": lambda: [rg.SpanQuestion(name="q", field="nowhere", labels=["A"])],
    "two spans on one field": lambda: [rg.SpanQuestion(name=name, field="text", labels=["A"]) for name in "qr"],
    "long name": lambda: [rg.TextQuestion(name="q" * 201)],
    "nothing required": lambda: [rg.TextQuestion(name="q", required=False)],
    "long description": lambda: [rg.TextQuestion(name="q", description="d" * 1001)],
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_a_dataset_that_cannot_be_is_taken_back(workspace, make_dataset, case):
    with pytest.raises(SettingsError):
        make_dataset(questions=IMPOSSIBLE[case]())
    assert workspace.datasets == []


def test_metadata_and_vectors_that_cannot_be(workspace, make_dataset):
    for settings in [
        {"metadata": [rg.TermsMetadataProperty(name="m", options=[])]},
        {"metadata": [rg.TermsMetadataProperty(name="m" * 201)]},
        {"vectors": [rg.VectorField(name=f"v{i}", dimensions=1) for i in range(6)]},
    ]:
        with pytest.raises(SettingsError):
            make_dataset(**settings)
        assert workspace.datasets == []


def test_settings_travel_through_a_file(tmp_path, make_dataset):
    dataset = make_dataset(**every_kind())
    dataset.settings.to_json(tmp_path / "settings.json")
    back = rg.Settings.from_json(tmp_path / "settings.json")
    copy = rg.Dataset(name=unique("copy"), workspace=dataset.workspace, settings=back, client=dataset._client).create()
    assert described(copy.settings) == described(dataset.settings)


@pytest.mark.parametrize("template", ["classification", "ranking", "rating"])
def test_templates(workspace, owner, template):
    settings = {
        "classification": lambda: rg.Settings.for_classification(labels=["a", "b"]),
        "ranking": rg.Settings.for_ranking,
        "rating": rg.Settings.for_rating,
    }[template]()
    dataset = rg.Dataset(name=template, workspace=workspace, settings=settings, client=owner).create()
    assert owner.datasets(template, workspace=workspace).settings.questions[0].name == settings.questions[0].name
    rows = {
        "classification": {"document": "x", "output": "a"},
        "ranking": {"prompt": "p", "chosen": "c", "rejected": "r"},
        "rating": {"prompt": "p", "output": "o", "score": 4},
    }
    dataset.records.log([rows[template]])
    record = next(iter(dataset.records))
    expected = {"classification": {"text": "x"}, "ranking": {"instruction": "p", "response1": "c", "response2": "r"}}
    assert dict(record.fields) == expected.get(template, {"instruction": "p", "response": "o"})

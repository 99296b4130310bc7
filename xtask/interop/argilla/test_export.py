"""What the SDK does with what it has read: lists, dictionaries, JSON, Hugging Face datasets, folders."""

import json
from collections import Counter

import argilla as rg
import pytest
from conftest import every_kind, ids, texts, unique
from PIL import Image


def settings() -> dict:
    """Every kind but images: without one in every record the SDK cannot export them."""
    kinds = every_kind()
    return {**kinds, "fields": [field for field in kinds["fields"] if field.type != "image"]}


@pytest.fixture
def dataset(make_dataset, person):
    dataset = make_dataset(**settings())
    users = [person().user for _ in range(2)]
    records = texts(3)
    for place, record in enumerate(records):
        record.metadata.update({"n": place, "source": "web"})
        record.vectors["embedding"] = [float(place), 0.5, -1.0]
        record.suggestions.add(rg.Suggestion("label", ["pos", "neg", "neu"][place], score=0.5, agent="m"))
        record.suggestions.add(rg.Suggestion("ranking", ["y", "x"]))
        for user in users:
            record.responses.add(rg.Response("label", "neg", user_id=user.id, status="submitted"))
            record.responses.add(rg.Response("comment", f"por {user.username}", user_id=user.id, status="submitted"))
    dataset.records.log(records)
    return dataset


def test_lists_and_dictionaries(dataset):
    nested = dataset.records.to_list()
    assert [row["id"] for row in nested] == ["r0", "r1", "r2"]
    assert nested[1]["fields"] == {"text": "text 1"} and nested[1]["metadata"] == {"n": 1, "source": "web"}
    assert nested[1]["suggestions"]["label"] == {"value": "neg", "score": 0.5, "agent": "m"}
    assert [answer["value"] for answer in nested[1]["responses"]["label"]] == ["neg", "neg"]
    assert {row["status"] for row in nested} == {"completed"}
    flat = dataset.records.to_list(flatten=True)
    assert (flat[2]["text"], flat[2]["n"], flat[2]["label.suggestion"]) == ("text 2", 2, "neu")
    assert flat[2]["label.responses.status"] == ["submitted", "submitted"]
    assert dataset.records.to_dict(flatten=True)["n"] == [0, 1, 2]
    assert set(dataset.records.to_dict(orient="index")) == {"r0", "r1", "r2"}
    scored = dataset.records(query=rg.Query(similar=rg.Similar("embedding", [2.0, 0.5, -1.0]))).to_list(flatten=True)
    assert (scored[0]["id"], scored[0]["score"]) == ("r2", pytest.approx(1.0))


def test_json(tmp_path, dataset, make_dataset):
    path = dataset.records(with_vectors=True).to_json(tmp_path / "records.json")
    assert len(json.loads(path.read_text())) == 3
    other = make_dataset(**settings())
    other.records.from_json(path)
    assert Counter(read(other)) == Counter(read(dataset))


def read(dataset) -> list[str]:
    """Records as text, without what is the server's own."""
    rows = dataset.records(with_vectors=True).to_list(flatten=False)
    return [json.dumps({key: row[key] for key in row if key not in ("_server_id", "status")}, sort_keys=True) for row in rows]


def test_hugging_face_datasets(dataset, make_dataset):
    exported = dataset.records(with_vectors=True).to_datasets()
    assert exported.num_rows == 3
    assert {"id", "status", "text", "n", "source", "embedding", "label.suggestion", "label.responses"} <= set(exported.column_names)
    assert exported.features["label.suggestion"].names == ["pos", "neg", "neu"]
    other = make_dataset(**settings())
    mapping = {"label.suggestion": "label", "label.suggestion.score": "label.suggestion.score"}
    other.records.log(exported.select_columns(["id", "text", "n", "source", "embedding", *mapping]), mapping=mapping)
    seen = list(other.records(with_vectors=True))
    assert [record.suggestions["label"].value for record in seen] == ["pos", "neg", "neu"]
    assert [record.suggestions["label"].score for record in seen] == [0.5] * 3
    assert seen[2].vectors == {"embedding": [2.0, 0.5, -1.0]}


def test_images_stay_images(make_dataset):
    dataset = make_dataset(fields=[rg.ImageField(name="image")])
    dataset.records.log([rg.Record(id="1", fields={"image": Image.new("RGB", (3, 2), (0, 0, 200))})])
    exported = dataset.records.to_datasets()
    assert exported[0]["image"].getpixel((2, 1)) == (0, 0, 200)
    other = make_dataset(fields=[rg.ImageField(name="image")])
    other.records.log(exported.select_columns(["id", "image"]))
    assert next(iter(other.records)).fields["image"].getpixel((2, 1)) == (0, 0, 200)


def test_folders(tmp_path, owner, workspace, dataset):
    dataset.to_disk(str(tmp_path))
    copy = rg.Dataset.from_disk(str(tmp_path), name=unique("copy"), workspace=workspace.name, client=owner)
    assert copy.id != dataset.id and ids(copy.records) == ids(dataset.records)
    assert copy.settings.guidelines == dataset.settings.guidelines and len(copy.settings.questions) == 6
    rows, back = dataset.records.to_list(), copy.records.to_list()
    for part in ["fields", "metadata", "suggestions", "responses"]:
        assert [row[part] for row in back] == [row[part] for row in rows]
    # The SDK's files hold no status of a response, so that it sends drafts.
    assert {response.status for record in copy.records for response in record.responses} == {"draft"}


def test_a_folder_brought_back_changes_no_record(tmp_path, owner, workspace, dataset):
    dataset.to_disk(str(tmp_path))
    same = rg.Dataset.from_disk(str(tmp_path), workspace=workspace.name, client=owner)
    assert same.id == dataset.id and len(list(same.records)) == 3


def test_a_folder_without_records(tmp_path, owner, workspace, dataset):
    dataset.to_disk(str(tmp_path), with_records=False)
    copy = rg.Dataset.from_disk(str(tmp_path), name=unique("empty"), workspace=workspace.name, client=owner)
    assert list(copy.records) == [] and len(copy.settings.fields) == 3

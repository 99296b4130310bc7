"""Datasets as a whole: made, found, published, changed, deleted."""

import uuid

import argilla as rg
import pytest
from argilla._exceptions import ConflictError, NotFoundError, UnprocessableEntityError
from argilla._models import DatasetModel
from conftest import absent, texts, unique


def test_a_dataset_is_made_found_and_deleted(owner, workspace, make_dataset):
    dataset = make_dataset(name="exámenes de química")
    assert dataset._model.status == "ready"
    assert owner.datasets("exámenes de química", workspace=workspace).id == dataset.id
    assert owner.datasets("exámenes de química", workspace=workspace.name).id == dataset.id
    assert owner.datasets(id=dataset.id).workspace.id == workspace.id
    assert dataset.id in [other.id for other in owner.datasets]
    assert [other.name for other in workspace.datasets] == ["exámenes de química"]
    assert absent(owner.datasets, name="another", workspace=workspace)

    dataset.records.log(texts(3))
    dataset.delete()
    assert absent(owner.datasets, id=dataset.id)
    with pytest.raises(NotFoundError, match=f"Dataset with id `{dataset.id}` not found"):
        dataset.get()
    with pytest.raises(NotFoundError):
        owner.api.records.list(dataset.id)


def test_names_are_unique_in_a_workspace_only(owner, workspace, make_dataset):
    make_dataset(name="same")
    with pytest.raises(ConflictError, match="same"):
        make_dataset(name="same")
    assert len(workspace.datasets) == 1
    other = rg.Workspace(name=unique("other"), client=owner).create()
    settings = rg.Settings(fields=[rg.TextField(name="text")], questions=[rg.TextQuestion(name="comment")])
    twin = rg.Dataset(name="same", workspace=other, settings=settings, client=owner).create()
    assert owner.datasets("same", workspace=other).id == twin.id
    twin.delete()
    other.delete()


def test_what_publishing_needs(owner, workspace):
    api = owner.api.datasets
    dataset = api.create(DatasetModel(name="draft", workspace_id=workspace.id))
    assert dataset.status == "draft"
    with pytest.raises(UnprocessableEntityError, match="cannot be published without fields"):
        api.publish(dataset.id)
    text = {"name": "text", "title": "text", "required": True, "settings": {"type": "text"}}
    assert owner.http_client.post(f"/api/v1/datasets/{dataset.id}/fields", json=text).status_code == 201
    with pytest.raises(UnprocessableEntityError, match="cannot be published without required questions"):
        api.publish(dataset.id)
    record = rg.Record(fields={"text": "too early"}).api_model()
    with pytest.raises(UnprocessableEntityError):
        owner.api.records.bulk_create(dataset.id, [record])
    assert owner.http_client.post(f"/api/v1/datasets/{dataset.id}/questions", json=text).status_code == 201
    assert api.publish(dataset.id).status == "ready"
    with pytest.raises(UnprocessableEntityError, match="already been published"):
        api.publish(dataset.id)


def test_datasets_that_cannot_be(owner, workspace):
    for name in ["", "n" * 201]:
        with pytest.raises(UnprocessableEntityError):
            owner.api.datasets.create(DatasetModel(name=name, workspace_id=workspace.id))
    with pytest.raises(UnprocessableEntityError):
        owner.api.datasets.create(DatasetModel(name="nowhere", workspace_id=uuid.uuid4()))


def test_time_stamps_have_no_zone_and_move(make_dataset):
    dataset = make_dataset()
    before = dataset._model
    assert before.inserted_at.tzinfo is None and before.updated_at >= before.inserted_at
    dataset.settings.guidelines = "changed"
    dataset.update()
    after = dataset.get()._model
    assert after.updated_at > before.updated_at and after.inserted_at == before.inserted_at


def test_reading_stops_quietly_when_the_dataset_is_gone(make_dataset):
    dataset = make_dataset()
    dataset.records.log(texts(30))
    records = iter(dataset.records(batch_size=10))
    first = [next(records) for _ in range(10)]
    dataset.delete()
    assert len(first) == 10 and list(records) == []

"""How far the annotators are: distribution, statuses, progress."""

import argilla as rg
import pytest
from argilla._exceptions import ConflictError, ForbiddenError, NotFoundError, UnprocessableEntityError
from argilla._models import UserResponseModel
from conftest import texts


def answer(client, record, value="yes", status="submitted"):
    model = UserResponseModel(values={"label": {"value": value}}, status=status, user_id=client.me.id)
    client.api.records.create_record_response(record._server_id, model)


def statuses(dataset) -> list[str]:
    return [record.status for record in dataset.records]


@pytest.fixture
def dataset(make_dataset):
    dataset = make_dataset(distribution=rg.TaskDistribution(min_submitted=2))
    dataset.records.log(texts(4))
    return dataset


def test_enough_submissions_complete_a_record(dataset, person):
    people = [person() for _ in range(3)]
    records = list(dataset.records)
    answer(people[0].client, records[0])
    assert statuses(dataset) == ["pending"] * 4
    answer(people[1].client, records[0], status="draft")
    answer(people[1].client, records[1], status="discarded")
    assert statuses(dataset) == ["pending"] * 4
    answer(people[2].client, records[0], "no")
    assert statuses(dataset) == ["completed", "pending", "pending", "pending"]
    progress = dataset.progress()
    assert {key: progress[key] for key in ("total", "completed", "pending")} == {"total": 4, "completed": 1, "pending": 3}

    by_user = dataset.progress(with_users_distribution=True)["users"]
    nothing = {"submitted": 0, "draft": 0, "discarded": 0}
    assert by_user[people[0].user.username] == {"completed": {**nothing, "submitted": 1}, "pending": nothing}
    assert by_user[people[1].user.username] == {"completed": {**nothing, "draft": 1}, "pending": {**nothing, "discarded": 1}}
    assert by_user[people[2].user.username] == {"completed": {**nothing, "submitted": 1}, "pending": nothing}


def test_another_distribution_is_another_status(dataset, person):
    record = next(iter(dataset.records))
    answer(person().client, record)
    for min_submitted, expected in [(1, "completed"), (2, "pending"), (1, "completed")]:
        dataset.settings.distribution = rg.TaskDistribution(min_submitted=min_submitted)
        dataset.update()
        assert statuses(dataset) == [expected, "pending", "pending", "pending"]


def test_a_deleted_user_leaves_their_votes_under_a_pseudonym(dataset, person, owner):
    """Unlike Argilla, which deletes the responses, too: what they helped to decide stays decided."""
    record = next(iter(dataset.records))
    people = [person(), person()]
    for somebody in people:
        answer(somebody.client, record)
    assert dataset.progress()["completed"] == 1
    gone = people[0].user
    gone.delete()
    seen = next(iter(dataset.records))
    assert [response.value for response in seen.responses] == ["yes", "yes"]
    authors = {response.user_id for response in seen.responses}
    assert people[1].user.id in authors and gone.id not in authors
    names = dataset.progress(True)["users"]
    assert gone.username not in names and any(name.startswith("deleted-") for name in names)
    assert gone.username not in [user.username for user in owner.users]


def test_an_update_that_adds_a_response_completes(dataset, person):
    ana, luis = person().user, person().user
    first = rg.Response("label", "yes", user_id=ana.id, status="submitted")
    dataset.records.log([rg.Record(id="r0", fields={"text": "text 0"}, responses=[first])])
    assert statuses(dataset)[0] == "pending"
    second = rg.Response("label", "no", user_id=luis.id, status="submitted")
    dataset.records.log([rg.Record(id="r0", fields={"text": "text 0"}, responses=[second])])
    assert statuses(dataset)[0] == "completed"


def test_one_response_a_person(dataset, person):
    record = next(iter(dataset.records))
    annotator, admin, stranger = person(), person("admin"), person(is_member=False)
    answer(annotator.client, record)
    with pytest.raises(ConflictError):
        answer(annotator.client, record)
    with pytest.raises(UnprocessableEntityError):
        answer(admin.client, record, value="perhaps")
    with pytest.raises(ForbiddenError):
        answer(stranger.client, record)
    response_id = dataset._client.http_client.get(f"/api/v1/records/{record._server_id}").json()["responses"][0]["id"]
    url, change = f"/api/v1/responses/{response_id}", {"status": "submitted", "values": {"label": {"value": "no"}}}
    assert stranger.client.http_client.put(url, json=change).status_code == 403
    assert person().client.http_client.put(url, json=change).status_code == 403
    assert annotator.client.http_client.put(url, json=change).json()["values"] == change["values"]
    assert admin.client.http_client.delete(url).status_code == 200
    assert len(next(iter(dataset.records)).responses) == 0
    record.delete()
    with pytest.raises(NotFoundError):
        answer(annotator.client, record)


def test_many_answers_at_once(dataset, person):
    records, client = list(dataset.records), person().client
    items = [
        {"record_id": str(record._server_id), "status": "submitted", "values": {"label": {"value": value}}}
        for record, value in zip(records, ["yes", "no", "perhaps", "yes"])
    ]
    answers = client.http_client.post("/api/v1/me/responses/bulk", json={"items": items}).json()["items"]
    assert [answer["error"] is None for answer in answers] == [True, True, False, True]
    own = client.http_client.get(f"/api/v1/me/datasets/{dataset.id}/metrics").json()["responses"]
    assert own == {"total": 4, "submitted": 3, "discarded": 0, "draft": 0, "pending": 1}


def test_the_queue_of_an_annotator(dataset, person):
    ana, luis = person().client, person().client
    pending = {"filters": {"type": "and", "and": [
        {"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["pending"]},
        {"type": "terms", "scope": {"entity": "record", "property": "status"}, "values": ["pending"]},
    ]}}  # fmt: skip

    def queue(client) -> set[str]:
        found = client.http_client.post(f"/api/v1/me/datasets/{dataset.id}/records/search", json=pending).json()
        assert found["total"] == len(found["items"])
        return {item["record"]["external_id"] for item in found["items"]}

    records = list(dataset.records)
    answer(ana, records[0])
    assert queue(ana) == {"r1", "r2", "r3"} and queue(luis) == {"r0", "r1", "r2", "r3"}
    answer(luis, records[0])
    assert queue(ana) == queue(luis) == {"r1", "r2", "r3"}

"""Many clients at once: nobody is turned away, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import argilla as rg
from conftest import ids, texts

N_WRITERS = 16


def together(work, inputs) -> list:
    """What `work` gives for each input, all at once; the first exception is raised."""
    with ThreadPoolExecutor(N_WRITERS) as pool:
        return list(pool.map(work, inputs))


def clients(owner) -> list[rg.Argilla]:
    return [rg.Argilla(api_url=owner.api_url, api_key=owner.api_key) for _ in range(N_WRITERS)]


def test_sixteen_writers_lose_no_record(owner, make_dataset):
    dataset = make_dataset()

    def write(numbered):
        number, client = numbered
        own = client.datasets(id=dataset.id).get()
        for batch in range(5):
            own.records.log(texts(40, f"{number}-{batch}-"), batch_size=20)
            assert len(list(own.records(limit=10, batch_size=10))) == 10

    together(write, enumerate(clients(owner)))
    written = ids(dataset.records)
    assert len(written) == len(set(written)) == N_WRITERS * 5 * 40


def test_sixteen_writers_of_the_same_records(owner, make_dataset):
    dataset = make_dataset()

    def write(client):
        client.datasets(id=dataset.id).get().records.log(texts(50))

    together(write, clients(owner))
    assert sorted(ids(dataset.records)) == sorted(f"r{i}" for i in range(50))


def test_sixteen_annotators(owner, person, make_dataset):
    dataset = make_dataset(distribution=rg.TaskDistribution(min_submitted=N_WRITERS))
    dataset.records.log(texts(20))
    records = list(dataset.records)
    people = [person() for _ in range(N_WRITERS)]

    def annotate(client):
        for record in records:
            body = {"status": "submitted", "values": {"label": {"value": "yes"}}}
            answer = client.http_client.post(f"/api/v1/records/{record._server_id}/responses", json=body)
            assert answer.status_code == 201, answer.text

    together(annotate, [somebody.client for somebody in people])
    assert {record.status for record in dataset.records} == {"completed"}
    assert {len(record.responses) for record in dataset.records} == {N_WRITERS}
    assert dataset.progress()["completed"] == 20


def test_sixteen_datasets(owner, workspace):
    def make(numbered):
        number, client = numbered
        settings = rg.Settings(
            fields=[rg.TextField(name="text", client=client)],
            questions=[rg.LabelQuestion(name="label", labels=["yes", "no"], client=client)],
        )
        rg.Dataset(name=f"d{number}", workspace=workspace.name, settings=settings, client=client).create()

    together(make, enumerate(clients(owner)))
    assert sorted(dataset.name for dataset in workspace.datasets) == sorted(f"d{number}" for number in range(N_WRITERS))

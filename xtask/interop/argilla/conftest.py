"""What the tests share: the server at EXAMEN_URL, its owner's key in EXAMEN_API_KEY, and a workspace of their own for each test.

Every test makes what it needs and takes it away again, so that the suite can run on any server that speaks the contract.
"""

import os
import uuid
import warnings
from typing import Callable, NamedTuple

import argilla as rg
import pytest


class Person(NamedTuple):
    user: rg.User
    client: rg.Argilla


def connect(api_key: str) -> rg.Argilla:
    return rg.Argilla(api_url=os.environ["EXAMEN_URL"], api_key=api_key)


def unique(name: str) -> str:
    return f"{name}_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def owner() -> rg.Argilla:
    return connect(os.environ["EXAMEN_API_KEY"])


@pytest.fixture(autouse=True)
def default_client(owner):
    """The SDK remembers the client that was made last; settings are made with that one."""
    rg.Argilla._set_default(owner)


@pytest.fixture
def workspace(owner):
    workspace = rg.Workspace(name=unique("workspace"), client=owner).create()
    yield workspace
    for dataset in workspace.datasets:
        dataset.delete()
    workspace.delete()


@pytest.fixture
def person(owner, workspace) -> Callable[..., Person]:
    """Makes a user of a role, in the test's workspace unless told otherwise, and a client that acts for them."""
    made = []

    def make(role: str = "annotator", is_member: bool = True) -> Person:
        user = rg.User(username=unique(role), password="a long password", role=role, client=owner).create()
        made.append(user)
        if is_member:
            workspace.add_user(user)
        # The SDK does not show keys; owners read them from the answer itself.
        api_key = owner.http_client.get(f"/api/v1/users/{user.id}").json()["api_key"]
        client = connect(api_key)
        rg.Argilla._set_default(owner)
        return Person(user, client)

    yield make
    for user in made:
        if user.id is not None:
            user.delete()


@pytest.fixture
def make_dataset(owner, workspace) -> Callable[..., rg.Dataset]:
    """Makes a published dataset of one text and one label, or of what is given."""

    def make(name: str | None = None, **settings) -> rg.Dataset:
        settings.setdefault("fields", [rg.TextField(name="text")])
        settings.setdefault("questions", [rg.LabelQuestion(name="label", labels=["yes", "no"])])
        name = name or unique("dataset")
        return rg.Dataset(name=name, workspace=workspace, settings=rg.Settings(**settings), client=owner).create()

    return make


def every_kind() -> dict:
    """Settings with every kind of field, question, metadata and a vector."""
    return {
        "guidelines": "Léase **con** calma.",
        "fields": [
            rg.TextField(name="text", title="The text", use_markdown=True),
            rg.ChatField(name="chat", required=False, use_markdown=False),
            rg.ImageField(name="image", required=False),
            rg.CustomField(name="card", template="<b>{{record.fields.card.name}}</b>", advanced_mode=True, required=False),
        ],
        "questions": [
            rg.LabelQuestion(name="label", labels={"pos": "Positivo", "neg": "Negativo", "neu": "Neutral"}, description="¿?"),
            rg.MultiLabelQuestion(name="topics", labels=["a", "b", "c", "d"], labels_order="suggestion", required=False),
            rg.RatingQuestion(name="rating", values=[0, 1, 2, 3, 10], required=False),
            rg.RankingQuestion(name="ranking", values={"x": "Equis", "y": "I griega", "z": "Zeta"}, required=False),
            rg.SpanQuestion(name="spans", field="text", labels=["PER", "LOC"], allow_overlapping=True, required=False),
            rg.TextQuestion(name="comment", use_markdown=True, required=False),
        ],
        "metadata": [
            rg.TermsMetadataProperty(name="source", options=["web", "book"], title="Source"),
            rg.TermsMetadataProperty(name="anything", visible_for_annotators=False),
            rg.IntegerMetadataProperty(name="n", min=0, max=1000),
            rg.FloatMetadataProperty(name="quality", min=-1.5, max=1.5),
        ],
        "vectors": [rg.VectorField(name="embedding", dimensions=3, title="Embedding"), rg.VectorField(name="other", dimensions=2)],
        "distribution": rg.TaskDistribution(min_submitted=2),
    }


def texts(n: int, prefix: str = "r") -> list[rg.Record]:
    return [rg.Record(id=f"{prefix}{i}", fields={"text": f"text {i}"}) for i in range(n)]


def ids(records) -> list[str]:
    return [record.id for record in records]


def found(dataset: rg.Dataset, **query) -> list[str]:
    """The ids of the records that a query finds, sorted."""
    records = list(dataset.records(query=rg.Query(**query)))
    return sorted(ids(record[0] if isinstance(record, tuple) else record for record in records))


def absent(collection, **key) -> bool:
    """Whether the SDK says that there is no such thing: it warns and gives None."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return collection(**key) is None and any("not found" in str(warning.message) for warning in caught)

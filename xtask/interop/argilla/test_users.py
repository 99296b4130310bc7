"""Connecting, users, workspaces, and what each role may do."""

import uuid

import argilla as rg
import pytest
from argilla._exceptions import (
    ArgillaCredentialsError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnprocessableEntityError,
)
from conftest import absent, connect, texts, unique


def test_connecting(owner):
    assert owner.me.role == "owner"
    slashed = rg.Argilla(api_url=f"{owner.api_url}/", api_key=owner.api_key)
    assert slashed.me.id == owner.me.id
    for key in ["nobody's key", "a", "k" * 10_000]:
        with pytest.raises(ArgillaCredentialsError):
            connect(key)


def test_a_user_is_made_found_changed_and_deleted(owner):
    name = unique("maría_josé")
    user = rg.User(username=name, first_name="María José", last_name="Núñez", password="contraseña", client=owner).create()
    assert (user.role, user.first_name, user.last_name) == ("annotator", "María José", "Núñez")
    assert user.inserted_at.tzinfo is None
    assert owner.users(name).id == owner.users(id=user.id).id == user.id
    assert name in [other.username for other in owner.users]
    assert name in [other.username for other in owner.users.list()]
    assert len(owner.users) == len(list(owner.users))

    user.first_name, user.role = "Pepa", "admin"
    user.update()
    assert (owner.users(name).first_name, owner.users(name).role) == ("Pepa", "admin")

    key, user_id = owner.http_client.get(f"/api/v1/users/{user.id}").json()["api_key"], user.id
    user.delete()
    assert absent(owner.users, username=name) and absent(owner.users, id=user_id)
    with pytest.raises(ArgillaCredentialsError):
        connect(key)


def test_users_are_added_with_a_given_id(owner):
    given = uuid.uuid4()
    user = owner.users.add(rg.User(username=unique("given"), password="a long password", id=given, client=owner))
    assert user.id == given
    again = rg.User(username=unique("other"), password="a long password", id=given, client=owner)
    with pytest.raises(ConflictError):
        again.create()
    user.delete()


def test_a_user_that_cannot_be(owner, person):
    taken = person().user
    with pytest.raises(ConflictError, match="not unique"):
        rg.User(username=taken.username, password="a long password", client=owner).create()
    for fields in [{"password": "short"}, {"password": "x" * 101}, {"password": None}, {"first_name": "  "}]:
        with pytest.raises(UnprocessableEntityError):
            rg.User(**{"username": unique("bad"), "password": "a long password", **fields}, client=owner).create()
    renamed = person().user
    renamed.username = taken.username
    with pytest.raises(UnprocessableEntityError):
        renamed.update()


def test_workspaces(owner):
    name = unique("workspace")
    workspace = owner.workspaces.add(rg.Workspace(name=name, client=owner))
    assert owner.workspaces(name).id == owner.workspaces(id=workspace.id).id == workspace.id
    assert name in [other.name for other in owner.workspaces]
    assert owner.workspaces.default.id == owner.workspaces[0].id
    with pytest.raises(ConflictError, match="not unique"):
        rg.Workspace(name=name, client=owner).create()
    dataset = rg.Dataset(
        name="held",
        workspace=name,
        settings=rg.Settings(fields=[rg.TextField(name="text")], questions=[rg.TextQuestion(name="comment")]),
        client=owner,
    ).create()
    assert [held.name for held in workspace.datasets] == ["held"]
    with pytest.raises(ConflictError, match="has some datasets linked"):
        workspace.delete()
    dataset.delete()
    workspace.delete()
    assert absent(owner.workspaces, name=name)
    with pytest.raises(NotFoundError):
        owner.api.workspaces.get(workspace.id)


def test_members_of_a_workspace(owner, workspace, person):
    user, _ = person(is_member=False)
    assert len(workspace.users) == 0
    assert workspace.add_user(user.username).id == user.id
    with pytest.raises(ConflictError):
        workspace.add_user(user)
    assert [member.username for member in workspace.users] == [user.username]
    assert workspace.id in [other.id for other in owner.api.workspaces.list_by_user_id(user.id)]
    assert workspace.remove_user(user).id == user.id
    with pytest.raises(NotFoundError):
        workspace.remove_user(user)
    user.add_to_workspace(workspace)
    user.remove_from_workspace(workspace)
    assert len(workspace.users) == 0
    with pytest.raises(UnprocessableEntityError):
        owner.api.users.add_to_workspace(workspace.id, uuid.uuid4())


def test_what_an_admin_may_do(owner, workspace, person):
    admin, annotator = person("admin"), person()
    assert [seen.name for seen in admin.client.workspaces] == [workspace.name]
    members = admin.client.workspaces(workspace.name).users
    assert sorted(member.username for member in members) == sorted([admin.user.username, annotator.user.username])
    settings = rg.Settings(fields=[rg.TextField(name="text")], questions=[rg.TextQuestion(name="comment")])
    dataset = rg.Dataset(name="admin's", workspace=workspace.name, settings=settings, client=admin.client).create()
    dataset.records.log(texts(2))
    assert len(list(dataset.records)) == 2
    for forbidden in [
        lambda: list(admin.client.users),
        lambda: rg.User(username=unique("u"), password="a long password", client=admin.client).create(),
        lambda: rg.Workspace(name=unique("w"), client=admin.client).create(),
        lambda: admin.client.workspaces(workspace.name).delete(),
        lambda: list(admin.client.webhooks),
    ]:
        with pytest.raises(ForbiddenError):
            forbidden()
    dataset.delete()


def test_nobody_reads_the_keys_of_others(owner, workspace, person):
    admin, annotator = person("admin"), person()
    workspace.add_user(owner.me)
    members = admin.client.http_client.get(f"/api/v1/workspaces/{workspace.id}/users").json()["items"]
    keys = {member["username"]: member.get("api_key") for member in members}
    assert set(keys) >= {owner.me.username, annotator.user.username}
    assert not {owner.api_key, annotator.client.api_key} & set(keys.values())
    workspace.remove_user(owner.me)


def test_what_an_annotator_may_do(owner, workspace, person, make_dataset):
    _, client = person()
    dataset = make_dataset()
    dataset.records.log(texts(1))
    record = next(iter(dataset.records))
    assert [seen.id for seen in client.datasets] == [dataset.id]
    seen = client.datasets(id=dataset.id).get()
    assert [field.name for field in seen.fields] == ["text"]
    assert client.api.records.get(record._server_id).fields == {"text": "text 0"}
    settings = rg.Settings(fields=[rg.TextField(name="text")], questions=[rg.TextQuestion(name="comment")])
    for forbidden in [
        lambda: rg.Dataset(name="mine", workspace=workspace.name, settings=settings, client=client).create(),
        lambda: list(seen.records),
        lambda: seen.records.log(texts(1)),
        lambda: list(seen.records(query="text")),
        lambda: seen.delete(),
        lambda: client.api.records.delete(record._server_id),
        lambda: list(client.users),
        lambda: client.api.datasets.publish(dataset.id),
    ]:
        with pytest.raises(ForbiddenError):
            forbidden()


def test_a_stranger_sees_nothing(person, make_dataset):
    _, client = person("admin", is_member=False)
    dataset = make_dataset()
    dataset.records.log(texts(1))
    assert list(client.workspaces) == [] and list(client.datasets) == []
    with pytest.raises(ForbiddenError):
        client.api.datasets.get(dataset.id)
    with pytest.raises(ForbiddenError):
        client.api.records.list(dataset.id)

"""Webhooks: made, found, changed, deleted. How they are delivered is tested where a receiver is at hand."""

import base64

import argilla as rg
import pytest
from argilla._exceptions import NotFoundError, UnprocessableEntityError
from conftest import absent

EVENTS = [
    "dataset.created",
    "dataset.updated",
    "dataset.deleted",
    "dataset.published",
    "record.created",
    "record.updated",
    "record.deleted",
    "record.completed",
    "response.created",
    "response.updated",
    "response.deleted",
]


@pytest.fixture
def webhook(owner):
    webhook = rg.Webhook(url="https://example.org/hook", events=EVENTS, description="¡Aquí!").create()
    yield webhook
    if webhook.id in [other.id for other in owner.webhooks]:
        webhook.delete()


def test_a_webhook_is_made_found_changed_and_deleted(owner, webhook):
    assert (webhook.enabled, webhook.description, webhook.events) == (True, "¡Aquí!", EVENTS)
    assert len(base64.b64decode(webhook.secret)) == 64
    assert [other.secret for other in owner.webhooks if other.id == webhook.id] == [webhook.secret]

    webhook.url, webhook.events, webhook.enabled = "https://example.org/other", ["record.completed"], False
    webhook.update()
    (seen,) = [other for other in owner.webhooks if other.id == webhook.id]
    assert (seen.url, seen.events, seen.enabled) == ("https://example.org/other", ["record.completed"], False)

    webhook.delete()
    assert webhook.id not in [other.id for other in owner.webhooks]
    with pytest.raises(NotFoundError):
        webhook.update()


def test_webhooks_that_cannot_be(owner):
    before = len(owner.webhooks)
    for url, events in [
        ("not an address", EVENTS),
        ("ftp://example.org", EVENTS),
        ("https://example.org", []),
        ("https://example.org", ["record.created", "record.created"]),
    ]:
        with pytest.raises(UnprocessableEntityError):
            rg.Webhook(url=url, events=events).create()
    assert len(owner.webhooks) == before


def test_there_are_not_too_many(owner):
    made = [rg.Webhook(url="https://example.org", events=["record.created"]).create() for _ in range(10 - len(owner.webhooks))]
    with pytest.raises(UnprocessableEntityError):
        rg.Webhook(url="https://example.org", events=["record.created"]).create()
    for webhook in made:
        webhook.delete()


def test_a_ping_that_nobody_hears(owner):
    # Nothing listens there, and servers that keep to public addresses do not even try.
    webhook = rg.Webhook(url="http://127.0.0.1:9/hook", events=["record.created"])
    try:
        webhook.create()
    except UnprocessableEntityError:
        return
    with pytest.raises(UnprocessableEntityError):
        owner.api.webhooks.ping(webhook.id)
    webhook.delete()

"""Brings what schemathesis makes up to where it matters: ids of things that are there, names that the dataset knows.

The server at EXAMEN_URL gets one of everything when this file is loaded, by the owner with EXAMEN_API_KEY. Three of four
requests are then about these things; the others stay as they were made up.
"""

import itertools
import os
import uuid

import requests
import schemathesis

SESSION = requests.Session()
SESSION.headers["X-Argilla-Api-Key"] = os.environ["EXAMEN_API_KEY"]

# Names that are hard to write in a path of SQL's JSON.
ODD = 'it\'s "odd" \\ $.[0] %'
PROPERTIES = ["n", "quality", "source", ODD]
QUESTIONS = ["label", "topics", "rating", "comment", ODD]
DRAFT_ONLY = ("/fields", "/questions", "/publish")

calls = itertools.count()
deleted_at = set()


def call(method: str, path: str, body: object = None) -> dict:
    answer = SESSION.request(method, f"{os.environ['EXAMEN_URL']}/api/v1{path}", json=body)
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json()


def labels(kind: str) -> dict:
    return {"type": kind, "options": [{"value": value, "text": value} for value in ("yes", "no", ODD)]}


def seed() -> dict:
    """One of everything; parameter of a path → id."""
    unique = uuid.uuid4().hex
    workspace = call("POST", "/workspaces", {"name": unique})["id"]
    person = {"username": unique, "first_name": "Somebody", "password": "a long password"}
    user = call("POST", "/users", person)["id"]
    call("POST", f"/workspaces/{workspace}/users", {"user_id": user})
    draft = call("POST", "/datasets", {"name": "draft", "workspace_id": workspace})["id"]
    dataset = call("POST", "/datasets", {"name": "dataset", "workspace_id": workspace})["id"]

    def part(path: str, **settings) -> dict:
        return call("POST", f"/datasets/{dataset}/{path}", {"title": "A part"} | settings)

    field = part("fields", name="text", required=True, settings={"type": "text"})
    kinds = [labels("label_selection"), labels("multi_label_selection"), {"type": "rating", "options": [{"value": 1}, {"value": 2}]},
             {"type": "text"}, labels("label_selection")]
    questions = [part("questions", name=name, required=name == "label", settings=kind) for name, kind in zip(QUESTIONS, kinds)]
    types = ["integer", "float", "terms", "terms"]
    properties = [part("metadata-properties", name=name, settings={"type": kind}) for name, kind in zip(PROPERTIES, types)]
    vectors = part("vectors-settings", name="vector", dimensions=3)
    call("PUT", f"/datasets/{dataset}/publish")
    suggestions = [{"question_id": questions[0]["id"], "value": "yes", "agent": "a model", "score": 0.5}]
    metadata = {"n": 3, "quality": 0.5, "source": ["web", "book"], ODD: "web"}
    items = [{"external_id": f"r{n}", "fields": {"text": f"a lazy dog {n}"}, "metadata": metadata, "vectors": {"vector": [1, 0, n]},
              "suggestions": suggestions} for n in range(10)]
    records = call("PUT", f"/datasets/{dataset}/records/bulk", {"items": items})["items"]
    response = call("POST", f"/records/{records[0]['id']}/responses", {"status": "submitted", "values": {"label": {"value": "yes"}}})
    for old in call("GET", "/webhooks")["items"]:
        call("DELETE", f"/webhooks/{old['id']}")
    # What is sent there goes nowhere.
    webhook = {"url": "http://127.0.0.1:9/", "events": ["record.created"]}
    return {
        "workspace_id": workspace, "user_id": user, "draft_id": draft, "dataset_id": dataset, "field_id": field["id"],
        "question_id": questions[0]["id"], "metadata_property_id": properties[0]["id"], "vector_settings_id": vectors["id"],
        "record_id": records[1]["id"], "suggestion_id": records[0]["suggestions"][0]["id"], "response_id": response["id"],
        "webhook_id": call("POST", "/webhooks", webhook)["id"], "pinged_id": call("POST", "/webhooks", webhook)["id"],
    }


IDS = seed()
OWNER = call("GET", "/me")["id"]


def known_id(name: str, method: str, path: str, usual: str) -> str:
    if name == "dataset_id" and method != "GET" and path.endswith(DRAFT_ONLY):
        return IDS["draft_id"]
    if name == "webhook_id" and path.endswith("/ping"):
        return IDS["pinged_id"]
    if name == "id":
        nouns = ("dataset_id", "record_id", "user_id")
        return next((IDS[noun] for noun in nouns if f"/{noun[:-3]}s/" in path), usual)
    return IDS.get(name, usual)


def known(value: object, key: str = "") -> object:
    """The same with known ids and names in their places."""
    match value:
        case dict():
            value = {name: known(item, name) for name, item in value.items()}
            if "question_id" in value and "value" in value:
                value["value"] = ODD
            if key == "vector" and "name" in value:
                value["name"] = "vector"
                if isinstance(value.get("value"), list):
                    value["value"] = (value["value"] * 3)[:3]
            return value
        case list():
            return [known_item(item) if key == "items" else known(item) for item in value]
        case str() if key in IDS:
            return IDS[key]
        case str() if key == "question":
            return QUESTIONS[len(value) % len(QUESTIONS)]
        case str() if key == "metadata_property":
            return PROPERTIES[len(value) % len(PROPERTIES)]
        case str() if key == "field":
            return "text"
    return value


def known_item(item: object) -> object:
    """A record or a response of many, which is stored only if all of them are good."""
    item = known(item)
    if not isinstance(item, dict):
        return item
    if "record_id" in item:
        return item | {"values": {"label": {"value": ODD}}}
    numbers = item["vectors"].values() if isinstance(item.get("vectors"), dict) else []
    vectors = {"vector": (numbers * 3)[:3] for numbers in numbers if isinstance(numbers, list) and numbers}
    fields = {"text": "".join(item["fields"]) if isinstance(item.get("fields"), dict) else "no dog"}
    return item | {"id": None, "fields": fields, "vectors": vectors, "suggestions": [], "responses": []}


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.path_parameters, dict) and OWNER in case.path_parameters.values():
        # schemathesis found it in an answer; whoever asks stays who they are.
        case.path_parameters = {name: IDS["user_id"] if value == OWNER else value for name, value in case.path_parameters.items()}
    if next(calls) % 4 == 0:
        return
    method, path = case.method.upper(), case.operation.path
    if method == "DELETE" and path not in deleted_at:
        # Each kind of deletion has something to delete.
        deleted_at.add(path)
        IDS.update(seed())
    if isinstance(case.path_parameters, dict):
        case.path_parameters = {name: known_id(name, method, path, usual) for name, usual in case.path_parameters.items()}
    if isinstance(case.body, dict):
        case.body = known(case.body)

"""Attacks `examen serve` from outside, and commands by servers that they ask: one function for each kind. Prints what was
seen beside its bound.

    attacks.py --examen PATH --layer PATH --work DIR [--only NAME] [--tls-cert FILE --tls-key FILE] [-- SERVE ARGUMENTS]

Ends with an error where a bound does not hold. An honest person is at 127.0.0.1, attackers at other addresses of the
loopback network, or, behind a proxy that the server trusts, wherever X-Forwarded-For says.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import outgoing
from kit import MIB, PATIENCE, Context, Crowd, Honest, Table, add_user, answer_to, close_all, connect, log_in
from server import API_KEY, OWNER, Client, Dataset, Server, page_response, response

ATTACKS = []


def attack(function):
    ATTACKS.append(function)
    return function


# 1 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def announced_bodies(context, table):
    """Lengths are announced, and no body comes: at every route that takes one, with and without an account."""
    server, dataset = context.server(), context.dataset()
    annotator = add_user(server, dataset, "announcer")
    ways = [
        ("PUT", f"{dataset.path}/records/bulk", annotator),
        ("POST", f"{dataset.path}/records/bulk", API_KEY),
        ("POST", "/api/v1/me/responses/bulk", annotator),
        ("POST", f"/api/v1/me/datasets/{dataset.id}/records/search", annotator),
        ("PUT", f"/api/review/records/{dataset.records[0]}/response", annotator),
        ("POST", "/api/review/login", ""),
        ("POST", "/api/v1/token", ""),
    ]
    for length in [2_000_000_000, 10**18, 250 * MIB, 32 * MIB]:
        with Honest(server, dataset) as honest:
            opened, statuses = [], []
            for method, path, key in ways * 4:
                raw = connect(server, "127.0.0.66")
                head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                head += f"X-Argilla-Api-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
                raw.sendall(head.encode())
                opened.append(raw)
            if length > 256 * MIB:
                statuses = [answer_to(raw, PATIENCE) for raw in opened]
            time.sleep(3)
            close_all(opened)
        honest.told(table, 1, f"{length:,} bytes announced on {len(opened)} connections")
        if statuses:
            refused = sum(status in (401, 403, 413) for status, _ in statuses)
            slowest = max(seconds for _, seconds in statuses)
            held = refused == len(statuses) and slowest < PATIENCE
            table.row(1, f"{length:,} bytes: refused at once", f"{refused} of {len(statuses)}, {slowest:.2f} s", "all", held)


@attack
def dripping_bodies(context, table):
    """Bodies without a length that come a chunk at a time, and never end."""
    server, dataset = context.server(), context.dataset()
    annotator = add_user(server, dataset, "dripper")
    head = f"PUT {dataset.path}/records/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"X-Argilla-Api-Key: {annotator}\r\nTransfer-Encoding: chunked\r\n\r\n"
    before = server.memory()
    with Honest(server, dataset) as honest:
        # Large enough that a part of it never falls out of step with the chunks.
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        opened = []
        for _ in range(60):
            raw = connect(server, "127.0.0.66")
            raw.sendall(head.encode())
            opened.append(raw)
        is_over = threading.Event()

        def send(raw):
            raw.settimeout(0.5)
            while not is_over.is_set():
                try:
                    raw.sendall(chunk)
                except OSError:
                    return

        threads = [threading.Thread(target=send, args=(raw,)) for raw in opened]
        for thread in threads:
            thread.start()
        time.sleep(8)
        is_over.set()
        for thread in threads:
            thread.join()
        grown = (server.peak() - before) / MIB
        close_all(opened)
    honest.told(table, 1, f"{len(opened)} bodies without a length or an end")
    table.most(1, "bodies without a length or an end: memory grew by", grown, 768, "MiB")


# 2 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def invented_names(context, table):
    """Thousands of names that nobody has, from one address: others log in all the same."""
    server = context.server(proxied=True)
    context.dataset(proxied=True)
    for kind, password in [("over-long", "x" * 101), ("empty", ""), ("wrong", "not the password")]:
        n = 10_500 if kind == "over-long" else 100

        def guess(number, password=password):
            forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            client = context.proxy_client(server)
            return client.ask("POST", "/api/review/login", {"username": f"n{number}", "password": password}, forwarded)[0]

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(guess, range(n)))
        status, _ = log_in(server, *OWNER, headers={"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"})
        counted = {status: statuses.count(status) for status in sorted(set(statuses))}
        table.row(2, f"the owner logs in after {n:,} invented names with {kind} passwords", status, "200", status == 200)
        held = not set(statuses) - {400, 401, 413, 422, 429}
        table.row(2, f"answers to {kind} passwords", counted, "4xx", held)
    counted = re.findall(r"^examen_\w*login\w*(?:\{.*\})? (\d+)", context.metrics(server), re.MULTILINE)
    n = sum(map(int, counted))
    table.row(2, "failed logins that the metrics count", n, "at least 1,000", n >= 1000)


@attack
def guesses_from_many_addresses(context, table):
    """One account, guessed at from changing addresses; its owner has logged in from a device before."""
    server = context.server(proxied=True)

    def from_address(address, password, cookie=None):
        headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
        if cookie:
            headers["Cookie"] = cookie
        return log_in(server, OWNER[0], password, headers)

    _, answered = from_address("198.51.100.1", OWNER[1])
    cookie = "; ".join(value.split(";")[0] for value in answered.get_all("Set-Cookie") or [])
    for name, address in [
        ("IPv4", lambda n: f"203.0.{n // 250}.{n % 250 + 1}"),
        ("IPv6, a /64 each", lambda n: f"2001:db8:0:{n:x}::1"),
        ("IPv6, one /64", lambda n: f"2001:db8:ffff:1:{n:x}::{n:x}"),
    ]:
        statuses = [from_address(address(n), f"guess {n}")[0] for n in range(40)]
        tried = statuses.count(401)
        table.row(2, f"guesses at one account from 40 addresses ({name}) that were tried", tried, "20", tried <= 20)
    status, _ = from_address("198.51.100.1", OWNER[1], cookie)
    table.row(2, "meanwhile the owner logs in from a known device", status, "200", status == 200)


# 4 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def unread_answers(context, table):
    """Requests one behind the other on many connections, whose answers nobody reads."""
    server, dataset = context.server(), context.dataset()
    asked = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200

    def greet(raw):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(asked)

    with Crowd(server.port, ["127.0.0.66"], 900, greet), Honest(server, dataset) as honest:
        time.sleep(20)
    honest.told(table, 4, "900 connections of one address with answers that nobody reads")


@attack
def silent_connections(context, table):
    """Connections that say nothing, or a head a byte at a time, and come again when they are ended."""
    server, dataset = context.server(), context.dataset()
    for name, words, drip in [
        ("send nothing", b"", b""),
        ("send half a line", b"GET /health", b""),
        ("send a head a byte at a time", b"GET / HTTP/1.1\r\nX-A: ", b"x"),
    ]:
        crowd = Crowd(server.port, ["127.0.0.66"], 900, lambda raw, words=words: raw.sendall(words), drip)
        with crowd, Honest(server, dataset) as honest:
            time.sleep(15)
        honest.told(table, 4, f"900 connections of one address that {name}")
    addresses = [f"127.0.1.{number}" for number in range(1, 61)]
    with Crowd(server.port, addresses, 900):
        seconds = []
        for _ in range(10):
            start = time.monotonic()
            try:
                Client(server.port, None, 15).get("/health")
                seconds.append(time.monotonic() - start)
            except OSError:
                seconds.append(15.0)
    table.most(4, "900 silent connections of 60 addresses: slowest health check", max(seconds), PATIENCE, "s")


@attack
def silent_handshakes(context, table):
    """Connections that begin no TLS, or never finish to."""
    if not context.arguments.tls_cert:
        return
    tls = ["--tls-cert", context.arguments.tls_cert, "--tls-key", context.arguments.tls_key]
    data = context.folder("tls")
    trusting = ssl._create_unverified_context()

    def ask():
        with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
            with trusting.wrap_socket(raw) as stream:
                stream.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return stream.recv(65536)

    process, port = context.start_tls(data, tls)
    try:
        times, heads = [], []
        for words in [b"", b"\x16\x03\x01\x02\x00\x01"]:
            with Crowd(port, ["127.0.0.66"], 900, lambda raw, words=words: raw.sendall(words)):
                for _ in range(10):
                    start = time.monotonic()
                    try:
                        heads.append(ask())
                    except OSError:
                        heads.append(b"")
                    times.append(time.monotonic() - start)
                    time.sleep(0.5)
        table.most(4, "900 handshakes of one address that never end: slowest honest request", max(times), PATIENCE, "s")
        good = sum(head.startswith(b"HTTP/1.1 200") for head in heads)
        table.row(4, "honest requests that were answered", f"{good} of {len(heads)}", "all", good == len(heads))
        hsts = b"strict-transport-security" in heads[-1].lower()
        table.row(16, "HSTS under TLS", "sent" if hsts else "missing", "sent", hsts)
    finally:
        process.kill()
        process.wait()


# 5 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def unread_pages(context, table):
    """Pages of long records, many at once, that nobody reads."""
    server = context.server(name="pages")
    owner = server.client(timeout=120)
    dataset = Dataset(owner, "long records")
    for start in range(0, 96, 8):
        records = [Dataset.record(number, "x" * MIB) for number in range(start, start + 8)]
        dataset.records += dataset.write(owner, records)
    annotator = add_user(server, dataset, "collector")
    before = server.memory()
    search = json.dumps({}).encode()
    for name, method, path, body in [
        ("searches", "POST", f"/api/v1/me/datasets/{dataset.id}/records/search?limit=1000&include=responses", search),
        ("lists", "GET", f"{dataset.path}/records?limit=1000", b""),
        ("queues", "GET", f"/api/review/datasets/{dataset.id}/records?status=pending&limit=100", b""),
    ]:
        key = API_KEY if name == "lists" else annotator
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"X-Argilla-Api-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        with Honest(server, dataset) as honest:
            opened = []
            for _ in range(24):
                raw = connect(server, "127.0.0.66")
                raw.sendall(head.encode() + body)
                opened.append(raw)
            time.sleep(8)
            close_all(opened)
        table.most(5, f"24 unread {name} of 96 records of 1 MiB: memory grew by", (server.peak() - before) / MIB, 768, "MiB")
        honest.told(table, 5, f"unread {name}")
    server.kill()


# 6 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def hidden_metadata(context, table):
    """What annotators may not see, asked for by an annotator: as a value, a filter, an order and a name."""
    server = context.server()
    hidden = [
        {"name": "secret_term", "title": "Secret", "visible_for_annotators": False, "settings": {"type": "terms"}},
        {"name": "secret_number", "title": "Secret", "visible_for_annotators": False, "settings": {"type": "integer"}},
        {"name": "secret_share", "title": "Secret", "visible_for_annotators": False, "settings": {"type": "float"}},
        {"name": "open_term", "title": "Open", "visible_for_annotators": True, "settings": {"type": "terms"}},
    ]
    owner = server.client()
    dataset = Dataset(owner, "hidden metadata", properties=hidden)
    for number in range(12):
        metadata = {"secret_term": f"hidden-{number % 3}", "secret_number": 7919 * (number % 5),
                    "secret_share": (number % 4) / 7, "open_term": "open"}  # fmt: skip
        dataset.records += dataset.write(owner, [Dataset.record(number, metadata=metadata)])
    client = server.client(add_user(server, dataset, "peeper"))
    leaks = []

    def look(name, method, path, body=None):
        status, answer, _ = client.ask(method, path, body)
        text = json.dumps(answer)
        if any(word in text for word in ["hidden-", "secret_", "7919", "31676"]) and status == 200:
            leaks.append(f"{name}: {text[:150]}")
        return status, answer

    search = f"/api/v1/me/datasets/{dataset.id}/records/search"
    record = dataset.records[4]
    look("list", "GET", f"{dataset.path}/records?limit=50&include=responses&include=suggestions")
    look("record", "GET", f"/api/v1/records/{record}")
    look("search", "POST", f"{search}?limit=50", {})
    look("properties", "GET", f"/api/v1/me/datasets/{dataset.id}/metadata-properties")
    look("queue", "GET", f"/api/review/datasets/{dataset.id}/records?status=pending&limit=50")
    look("dataset", "GET", f"/api/review/datasets/{dataset.id}")
    look("answer", "POST", f"/api/v1/records/{record}/responses", response("x"))
    look("page's answer", "PUT", f"/api/review/records/{record}/response", page_response("y"))
    look("bulk answers", "POST", "/api/v1/me/responses/bulk", {"items": [{"record_id": record, **response("z")}]})
    for part in owner.must("GET", f"/api/v1/me/datasets/{dataset.id}/metadata-properties")["items"]:
        if part["name"].startswith("secret"):
            status, answer = look(f"metrics of {part['name']}", "GET", f"/api/v1/metadata-properties/{part['id']}/metrics")
            if status == 200:
                leaks.append(f"metrics of {part['name']}: {answer}")

    def scope(name):
        return {"entity": "metadata", "metadata_property": name}

    def ids(body, query=""):
        status, answer, _ = client.ask("POST", f"{search}?limit=50{query}", body)
        return [item["record"]["id"] for item in answer["items"]] if status == 200 else None

    for name, one, other in [
        ("secret_term", {"type": "terms", "values": ["hidden-0"]}, {"type": "terms", "values": ["hidden-1"]}),
        ("secret_number", {"type": "range", "ge": 0, "le": 10}, {"type": "range", "ge": 7000, "le": 9000}),
        ("secret_share", {"type": "range", "ge": 0.0, "le": 0.1}, {"type": "range", "ge": 0.2, "le": 0.9}),
    ]:
        found = [ids({"filters": {"type": "and", "and": [{**way, "scope": scope(name)}]}}) for way in (one, other)]
        if None not in found and found[0] != found[1]:
            leaks.append(f"filter by {name}")
        found = [ids({"sort": [{"scope": scope(name), "order": order}]}) for order in ("asc", "desc")]
        if None not in found and found[0] != found[1]:
            leaks.append(f"order by {name}")
        lists = []
        for value in ("hidden-0", "hidden-1") if name == "secret_term" else ('{"ge": 0, "le": 10}', '{"ge": 7000, "le": 9000}'):
            status, answer, _ = client.get(f"{dataset.path}/records?limit=50&metadata={name}:{value.replace(' ', '')}".replace('"', "%22"))
            lists.append([item["id"] for item in answer["items"]] if status == 200 else None)
        if None not in lists and lists[0] != lists[1]:
            leaks.append(f"parameter metadata={name}")
        found = []
        for order in ("asc", "desc"):
            status, answer, _ = client.get(f"{dataset.path}/records?limit=50&sort_by=metadata.{name}:{order}")
            found.append([item["id"] for item in answer["items"]] if status == 200 else None)
        if None not in found and found[0] != found[1]:
            leaks.append(f"parameter sort_by=metadata.{name}")
    status, answer, _ = client.ask("POST", f"{search}?limit=50", {"query": {"text": {"q": "hidden"}}})
    if status == 200 and answer["total"]:
        leaks.append("search for a hidden word")
    table.row(6, "ways in which an annotator sees hidden metadata", len(leaks), 0, not leaks)
    for leak in leaks:
        print("         ", leak, flush=True)
    seen = json.dumps(owner.ask("POST", f"/api/v1/datasets/{dataset.id}/records/search?limit=50", {})[1])
    table.row(6, "the owner sees it", "yes" if "hidden-1" in seen else "no", "yes", "hidden-1" in seen)


# 12 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def heavy_searches(context, table):
    """One annotator searches for prefixes that match nearly everything, forty at a time; another one works."""
    server = context.server(name="searches")
    owner = server.client(timeout=120)
    dataset = Dataset(owner, "many records")
    words = [f"{letter}{number:04}" for number in range(400) for letter in "abcdefghij"]
    n = 30_000 if not context.arguments.quick else 3_000
    for start in range(0, n, 500):
        numbers = range(start, start + 500)
        texts = [" ".join(words[(number * 31 + step * 17) % len(words)] for step in range(20)) for number in numbers]
        dataset.records += dataset.write(owner, [Dataset.record(k, text) for k, text in zip(numbers, texts)])
    greedy, modest = add_user(server, dataset, "greedy"), add_user(server, dataset, "modest")
    path = f"/api/v1/me/datasets/{dataset.id}/records/search?limit=50&offset=1000"
    queries = ["a*", "b* c*", "a* OR b* OR c* OR d*", "a* b* c* d* e*", "opti*", '"a0001 a0018"', "(a* OR b*) c*"]
    statuses, is_over = [], threading.Event()

    def search(number):
        client = server.client(greedy, timeout=120)
        while not is_over.is_set():
            body = {"query": {"text": {"q": queries[number % len(queries)]}}}
            try:
                statuses.append(client.ask("POST", path, body)[0])
            except OSError:
                statuses.append(0)

    threads = [threading.Thread(target=search, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    with Honest(server, dataset, modest) as honest:
        client, times = server.client(modest, timeout=120), []
        end = time.monotonic() + 20
        while time.monotonic() < end:
            start = time.monotonic()
            status, answer, _ = client.ask("POST", path, {"query": {"text": {"q": "a0001"}}})
            times.append(time.monotonic() - start)
            if status != 200:
                honest.failures.append(f"search: {status} {answer}")
            time.sleep(0.1)
    is_over.set()
    for thread in threads:
        thread.join()
    times.sort()
    table.most(12, "40 prefix searches at a time of one user: another's search, slowest", times[-1], PATIENCE, "s")
    honest.told(table, 12, "40 prefix searches at a time of one user")
    counted = {status: statuses.count(status) for status in sorted(set(statuses))}
    table.row(12, "answers to them", counted, "200, 429, 503", not set(statuses) - {200, 422, 429, 503})
    server.kill()


# 16 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@attack
def sealing_key(context, table):
    """The sealing key is changed beside a running server."""
    server = context.server()
    context.dataset()
    done = context.examen("serve", "--data", server.data, "--rotate-sealing-key")
    table.row(16, "--rotate-sealing-key beside a running server", f"exit {done.returncode}", "refused", done.returncode != 0)
    status = server.client().get("/api/v1/users")[0]
    table.row(16, "users with their keys are listed afterwards", status, 200, status == 200)


@attack
def last_owner(context, table):
    """The only owner gives up the role, or goes."""
    server = context.server()
    owner = server.client()
    me = owner.must("GET", "/api/v1/me")
    for name, method, body in [
        ("demoted to annotator", "PATCH", {"role": "annotator"}),
        ("demoted to admin", "PATCH", {"role": "admin"}),
        ("deleted", "DELETE", None),
    ]:
        status, _, _ = owner.ask(method, f"/api/v1/users/{me['id']}", body)
        role = (server.client().get("/api/v1/me")[1] or {}).get("role")
        held = role == "owner" and status >= 400
        table.row(16, f"the last owner {name}", f"{status}, then {role}", "4xx, owner", held)


@attack
def metrics_of_others(context, table):
    """Metrics are for this machine and for owners, whatever a request says of where it comes from."""
    server = context.server()
    for headers in [
        {"Host": "evil.example"},
        {"Host": f"evil.example:{server.port}"},
        {"X-Forwarded-For": "203.0.113.1"},
        {"X-Forwarded-Host": "exam.example.org"},
        {"Forwarded": "for=203.0.113.1;host=exam.example.org"},
        {"X-Real-IP": "203.0.113.1"},
    ]:
        status, _, _ = Client(server.port, None).ask("GET", "/metrics", headers=headers)
        table.row(16, f"/metrics with {headers}", status, "401 or 403", status in (400, 401, 403, 404, 421))
    status = Client(server.port, None).get("/metrics")[0]
    table.row(16, "/metrics from this machine", status, 200, status == 200)


@attack
def headers_stay(context, table):
    """The headers that bind a browser are on every answer, also on refusals."""
    server = context.server()
    missing = []
    for path in ["/", "/api/v1/me", "/nowhere", "/api/review/nowhere", "/health"]:
        _, _, headers = Client(server.port, None).get(path)
        for name in ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"]:
            if not headers.get(name):
                missing.append(f"{path}: {name}")
    table.row(16, "headers that bind browsers and are missing", len(missing), 0, not missing)
    for name in missing[:5]:
        print("         ", name, flush=True)


@attack
def hang_up_signal(context, table):
    """SIGHUP to a server without TLS."""
    server = context.server()
    server.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    held = server.is_running()
    table.row(16, "after SIGHUP the server", "runs" if held else "has ended", "runs", held)


@attack
def full_disk(context, table):
    """Every write to the store fails: the server says so, and is itself again afterwards."""
    flag = os.path.join(context.folder("full"), "is-full")
    data = os.path.join(os.path.dirname(flag), "data")
    environment = {"LD_PRELOAD": context.arguments.layer, "POWER_CUT_FULL": flag, "POWER_CUT_ROOT": os.path.realpath(data),
                   "POWER_CUT_LOG": flag + ".log"}  # fmt: skip
    os.makedirs(data, exist_ok=True)
    with Server(context.arguments.examen, data, environment=environment) as server:
        dataset = Dataset(server.client(), "full disk", 4)
        open(flag, "w").close()
        path = f"/api/v1/records/{dataset.records[0]}/responses"
        status, _, _ = server.client().ask("POST", path, response("x"))
        table.row(16, "a write on a full disk", status, "503 or 507", status in (500, 503, 507))
        states = []
        end = time.monotonic() + 15
        while time.monotonic() < end and 503 not in states:
            states.append(server.client().get("/ready")[0])
            time.sleep(0.5)
        table.row(16, "/ready on a full disk", states[-1], 503, states[-1] == 503)
        reads = server.client().get(f"/api/v1/records/{dataset.records[0]}")[0]
        table.row(16, "a read on a full disk", reads, 200, reads == 200)
        os.unlink(flag)
        end = time.monotonic() + 30
        while time.monotonic() < end and states[-1] != 200:
            states.append(server.client().get("/ready")[0])
            time.sleep(0.5)
        status, _, _ = server.client().ask("POST", path, response("x"))
        table.row(16, "/ready and a write when there is room again", f"{states[-1]}, {status}", "200, 201", (states[-1], status) == (200, 201))


@attack
def killed_backups(context, table):
    """`backup --overwrite` is killed at many moments: the backup is the old one or the new one, with its key."""
    server = context.server()
    folder = context.folder("backups")
    backup = os.path.join(folder, "backup")
    done = context.examen("backup", "--data", server.data, backup)
    if done.returncode:
        raise SystemExit(f"examen backup: {done.stderr}")
    broken, n = [], 12 if not context.arguments.quick else 4
    for number in range(n):
        command = [context.arguments.examen, "backup", "--overwrite", "--data", server.data, backup]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.005 + 0.02 * number)
        run.kill()
        run.wait()
        restored = os.path.join(folder, f"restored-{number}")
        done = context.examen("restore", "--data", restored, backup)
        if done.returncode:
            broken.append(f"restore: {done.stderr[-200:]}")
            continue
        with Server(context.arguments.examen, restored) as again:
            status, answer, _ = again.client().get("/api/v1/users")
            if status != 200 or not all(user.get("api_key") for user in answer["items"]):
                broken.append(f"the keys do not open: {status}")
        shutil.rmtree(restored)
    table.row(16, f"backups that {n} kills broke", len(broken), 0, not broken)
    for reason in broken[:3]:
        print("         ", reason, flush=True)


@attack
def broken_backups(context, table):
    """A backup whose parts do not belong together, or are cut off, is not restored, and nothing of it stays."""
    server = context.server()
    folder = context.folder("broken")
    whole = os.path.join(folder, "whole")
    context.examen("backup", "--data", server.data, whole)
    names = sorted(os.listdir(whole))
    bad = []
    for name in names:
        for kind in ["missing", "cut off", "empty"]:
            copy = os.path.join(folder, "copy")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(whole, copy)
            path = os.path.join(copy, name)
            size = os.path.getsize(path)
            if kind == "missing":
                os.unlink(path)
            else:
                os.truncate(path, size // 2 if kind == "cut off" else 0)
            target = os.path.join(folder, "target")
            shutil.rmtree(target, ignore_errors=True)
            done = context.examen("restore", "--data", target, copy)
            left = sorted(os.listdir(target)) if os.path.isdir(target) else []
            if done.returncode == 0 or left:
                bad.append(f"{name} {kind}: exit {done.returncode}, left {left}")
    table.row(16, "broken backups that were restored or left something", len(bad), 0, not bad)
    for reason in bad[:4]:
        print("         ", reason, flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ["examen", "layer", "work"]:
        parser.add_argument(f"--{name}", required=True)
    for name in ["only", "tls-cert", "tls-key"]:
        parser.add_argument(f"--{name}")
    parser.add_argument("--quick", action="store_true", help="smaller stores, for a first look")
    parser.add_argument("serve", nargs="*", help="arguments of the servers")
    arguments = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    os.makedirs(arguments.work, exist_ok=True)
    context, table = Context(arguments), Table()
    try:
        for function in ATTACKS + outgoing.ATTACKS:
            if not arguments.only or arguments.only == function.__name__:
                print(f"── {function.__name__}: {function.__doc__}", flush=True)
                function(context, table)
    finally:
        context.close()
    print_table(table)
    raise SystemExit(0 if table.is_good() else 1)


def print_table(table):
    print("\n| item | attack | seen | bound | held |\n| --- | --- | --- | --- | --- |")
    for item, name, figure, bound, held in table.rows:
        print(f"| {item} | {name} | {figure} | {bound} | {'yes' if held else '**no**'} |")


if __name__ == "__main__":
    main()

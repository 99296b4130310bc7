"""Servers that commands ask, and what they may take: the key, the memory, the time."""

import http.client
import json
import os
import subprocess
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kit import MIB
from server import API_KEY, Dataset

ATTACKS = []
KEY = "sk-a-key-that-nobody-may-see"
VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "azure": "AZURE_OPENAI_API_KEY",
}


def attack(function):
    ATTACKS.append(function)
    return function


class Hostile:
    """A server whose every answer is made by a function of its handler."""

    def __init__(self, answer):
        outer = self
        self.seen = []

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length)
                outer.seen.append((self.path, str(self.headers), self.body))
                try:
                    answer(self)
                except OSError:
                    pass
                self.close_connection = True

            do_GET = do_POST = do_PUT = do_HEAD = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Run:
    """A command, what it said, and what it took."""

    def __init__(self, context, arguments, environment=None, patience=240):
        said = os.path.join(context.arguments.work, "said.txt")
        names = [*VARIABLES.values(), "HF_TOKEN", "GOOGLE_API_KEY", "ARGILLA_API_KEY", "ARGILLA_API_URL"]
        kept = {name: value for name, value in os.environ.items() if name not in names}
        start = time.monotonic()
        with open(said, "wb") as file:
            process = subprocess.Popen(
                [context.arguments.examen, *arguments], stdout=file, stderr=file, stdin=subprocess.DEVNULL,
                env={**kept, **(environment or {})},
            )  # fmt: skip
            self.was_ended = threading.Timer(patience, process.kill)
            self.was_ended.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.was_ended.cancel()
        self.seconds, self.code = time.monotonic() - start, process.returncode
        self.memory = usage.ru_maxrss * 1024
        with open(said, errors="replace") as file:
            self.text = file.read()


def documents(context, n):
    folder = context.folder("documents")
    for number in range(n):
        text = f"Note {number}. " + "The pump of the northern station is cooled by filtered water. " * 20
        with open(os.path.join(folder, f"{number}.txt"), "w") as file:
            file.write(text)
    return folder


def generate(context, url, provider, folder, environment, *more):
    output = os.path.join(context.folder("output"), "out")
    arguments = ["generate", "--model", "m", "--provider", provider, "--base-url", url, "--input", folder, "--output", output]
    run = Run(context, [*arguments, *more], environment)
    files = [os.path.join(at, name) for at, _, names in os.walk(os.path.dirname(output)) for name in names]
    run.leaks = [path for path in files if KEY.encode() in open(path, "rb").read()]
    return run


@attack
def redirecting_models(context, table):
    """A model's server points to another host, with each vendor's key and each status."""
    caught, folder = [], documents(context, 2)
    with Hostile(lambda handler: handler.send_error(404)) as other:
        for provider, variable in VARIABLES.items():
            for status in [301, 302, 303, 307, 308]:

                def answer(handler, status=status):
                    handler.send_response(status)
                    handler.send_header("Location", f"{other.url}/v1/chat/completions?echo={KEY}")
                    handler.send_header("Content-Length", "0")
                    handler.end_headers()

                with Hostile(answer) as server:
                    commands = ["generate", "doctor"] if status == 307 else ["doctor"]
                    for command in commands:
                        if command == "generate":
                            run = generate(context, f"{server.url}/v1", provider, folder, {variable: KEY})
                        else:
                            arguments = ["doctor", "--model", "m", "--provider", provider, "--base-url", f"{server.url}/v1"]
                            run = Run(context, arguments, {variable: KEY})
                            run.leaks = []
                        if run.leaks or KEY in run.text or run.code in (0, 101):
                            caught.append(f"{command} {provider} {status}: exit {run.code}, {run.text[-200:]}")
                        if other.url not in run.text:
                            caught.append(f"{command} {provider} {status}: {run.text[-200:]}")
                        if not server.seen:
                            caught.append(f"{command} {provider} {status}: the server was not asked")
        table.row(3, "requests that followed a model's server to another host", len(other.seen), 0, not other.seen)
    table.row(3, "keys shown, or errors that do not say where it pointed", len(caught), 0, not caught)
    for reason in caught[:4]:
        print("         ", reason, flush=True)


@attack
def redirecting_argilla(context, table):
    """An Argilla server points to another host."""
    caught = []
    with Hostile(lambda handler: handler.send_error(404)) as other:

        def answer(handler):
            handler.send_response(307)
            handler.send_header("Location", f"{other.url}{handler.path}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with Hostile(answer) as server:
            output = os.path.join(context.folder("published"), "out")
            arguments = ["publish", "--name", "exam", "--output", output, "--argilla-url", server.url, "--argilla-api-key", KEY]
            run = Run(context, arguments)
            if KEY in run.text or other.url not in run.text or run.code in (0, 101):
                caught.append(run.text[-300:])
        table.row(3, "requests that followed Argilla to another host", len(other.seen), 0, not other.seen and not caught)
    for reason in caught:
        print("         ", reason, flush=True)


def endless(part, head=b"", pause=0.0):
    """Answers with a head, and then with the same part again and again."""

    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head)
        while True:
            handler.wfile.write(part)
            time.sleep(pause)

    return answer


def whole(body, status=200):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@attack
def hostile_replies(context, table):
    """A model's server answers without an end, a byte at a time, deep, wide, and with the key."""
    folder = documents(context, 40)
    block = b"x" * 65536
    for name, answer in [
        ("bodies without an end", endless(b'{"choices": [' * 5000, b"\r\n")),
        ("events without an end", endless(b"data: {}\n\n" * 5000, b"\r\n")),
        ("headers without an end", endless(b"X-More: and more\r\n" * 1000)),
        ("one header without an end", endless(block, b"X-Long: ")),
        ("bodies of a byte at a time", endless(b" ", b"\r\n", 0.1)),
        ("deep JSON", whole(b"[" * 900_000)),
        ("wide JSON", whole(b'{"choices": [], "error": [' + b"[]," * 300_000 + b"0]}")),
        ("the key", whole(json.dumps({"error": {"message": f"no such key: {KEY}"}}).encode(), 401)),
    ]:
        with Hostile(answer) as server:
            more = ["--timeout", "3", "--concurrency", "32", "--max-concurrency", "64"]
            run = generate(context, f"{server.url}/v1", "openai", folder, {"OPENAI_API_KEY": KEY}, *more)
            held = run.memory < 256 * MIB and run.seconds < 200 and run.code not in (101, -9) and KEY not in run.text
            figure = f"{run.memory / MIB:.0f} MiB, {run.seconds:.0f} s, exit {run.code}"
            table.row(11, f"{name} from a model's server", figure, "256 MiB, 200 s, no key", held and not run.leaks)
            if not held:
                print("         ", run.text[-300:], flush=True)


@attack
def hostile_argilla(context, table):
    """An Argilla server answers without an end, in pages without an end, and wide."""
    for name, answer in [
        ("bodies without an end", endless(b'{"items": [' * 5000, b"\r\n")),
        ("bodies of a byte at a time", endless(b" ", b"\r\n", 0.1)),
        ("wide JSON", whole(b'{"items": [' + b"[]," * 10_000_000 + b"0]}")),
    ]:
        with Hostile(answer) as server:
            figures(context, table, name, server, 384 * MIB)
    real = context.server()
    Dataset(real.client(), "exam", 3)
    text = "x" * 100_000

    def pages(handler):
        if "/records" in handler.path:
            limit, offset = number(handler.path, "limit", 50), number(handler.path, "offset", 0)
            items = [record(offset + n, text) for n in range(limit)]
            return whole(json.dumps({"items": items, "total": 5_000_000}).encode())(handler)
        passed = http.client.HTTPConnection("127.0.0.1", real.port, timeout=30)
        passed.request("GET", handler.path, headers={"X-Argilla-Api-Key": API_KEY})
        answered = passed.getresponse()
        whole(answered.read(), answered.status)(handler)

    with Hostile(pages) as server:
        figures(context, table, "pages without an end", server, 1024 * MIB)


def number(path, name, otherwise):
    found = [part.split("=")[1] for part in path.split("?")[-1].split("&") if part.startswith(f"{name}=")]
    return int(found[0]) if found else otherwise


def record(number, text):
    time_stamp = "2026-11-23T19:37:49.570055"
    return {"id": str(uuid.UUID(int=number)), "status": "pending", "fields": {"question": text}, "metadata": {},
            "external_id": None, "dataset_id": str(uuid.UUID(int=0)), "inserted_at": time_stamp,
            "updated_at": time_stamp, "responses": [], "suggestions": []}  # fmt: skip


def figures(context, table, name, server, most):
    output = os.path.join(context.folder("published"), "out")
    arguments = ["publish", "--name", "exam", "--output", output, "--argilla-url", server.url, "--argilla-api-key", KEY]
    run = Run(context, arguments, patience=600)
    held = run.memory < most and run.code not in (0, 101, -9) and KEY not in run.text
    figure = f"{run.memory / MIB:.0f} MiB, {run.seconds:.0f} s, exit {run.code}"
    table.row(11, f"{name} from Argilla", figure, f"{most // MIB} MiB, no key", held)
    if not held:
        print("         ", run.text[-300:], flush=True)

#!/usr/bin/env python3
"""Servers as people meet them, in front of `examen generate` and `examen doctor`: a table of cases, expected and seen.

A proxy stands before the fake server, which answers like a model, and misbehaves in one way a case: it refuses a part of
the request in the words of vLLM, llama.cpp, TGI, LM Studio, OpenAI, Gemini or DashScope, packs or streams its answers,
counts wrongly, or sends a web page. Needs only Python's own library.
"""

import argparse
import contextlib
import gzip
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

N_DOCUMENTS = 12


class Proxy(http.server.ThreadingHTTPServer):
    """Passes requests on to `upstream` unless `refuse` has an answer, and their answers through `change`."""

    daemon_threads = True

    def __init__(self, upstream, refuse=None, change=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream, self.refuse, self.change = upstream, refuse, change
        self.asked, self.headers = [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in dict({"content-type": "application/json"}, **dict(headers)).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send(200, json.dumps({"data": [{"id": "fake"}]}))

    def do_POST(self):
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server.asked.append(request)
        server.headers.append(dict(self.headers))
        refusal = server.refuse and server.refuse(request)
        if refusal:
            return self.send(*refusal)
        plain = {key: value for key, value in request.items() if key not in ("stream", "stream_options")}
        forwarded = urllib.request.Request(
            server.upstream + self.path.removeprefix("/v1"), json.dumps(plain).encode(), {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(forwarded) as answer:
                body = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return self.send(error.code, error.read())
        if server.change:
            return self.send(*server.change(request, body))
        self.send(200, json.dumps(body))


def error(status, message, **more):
    return status, json.dumps({"error": {"message": message, **more}})


def has_system(request):
    return any(message["role"] == "system" for message in request.get("messages", []))


def streamed(body):
    """The completion as the events of a stream, a few characters each."""
    choice = body["choices"][0]
    text = choice["message"]["content"]
    pieces = [text[start : start + 9] for start in range(0, len(text), 9)]
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    events.append({"choices": [], "usage": body["usage"]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return 200, ": hello\n\n" + "".join(lines) + "data: [DONE]\n\n", {"content-type": "text/event-stream"}


def only_streams(message):
    refuse = lambda request: None if request.get("stream") else error(400, message)
    return {"refuse": refuse, "change": lambda request, body: streamed(body)}


def too_long(limit, status, words):
    """Refuses replies of more than `limit` tokens."""

    def refuse(request):
        wanted = request.get("max_tokens") or request.get("max_completion_tokens")
        return error(status, words.format(wanted=wanted)) if wanted > limit else None

    return {"refuse": refuse}


def counted(count):
    def change(request, body):
        body["usage"] = count(body["usage"])
        return 200, json.dumps(body)

    return {"change": change}


def packed(pack):
    return {"change": lambda request, body: (200, pack(body), {"content-encoding": "gzip"})}


PAGE = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
BOMB = gzip.compress(b" " * 80_000_000, 1)

# Name, what the server does, and what the output must say. Every case but those with `fails` must accept as many
# questions as the undisturbed one.
CASES = [
    ("nothing special", {}, {}),
    ("no system role (vLLM)", {"refuse": lambda r: error(400, "System role not supported") if has_system(r) else None},
     {"says": "user's turn"}),
    ("no system role (llama.cpp, 500)",
     {"refuse": lambda r: error(500, "Jinja Exception: System role not supported") if has_system(r) else None},
     {"says": "user's turn"}),
    ("no system role (Gemini's Gemma)",
     {"refuse": lambda r: error(400, "Developer instruction is not enabled for models/gemma-3-27b-it") if has_system(r) else None},
     {"says": "user's turn"}),
    ("only streams", only_streams("This model only support stream mode, please enable the stream parameter to access the model."),
     {"says": "asking for a stream"}),
    ("thinks only in streams", only_streams("parameter.enable_thinking must be set to false for non-streaming calls"),
     {"says": "asking for a stream"}),
    ("streams unasked", {"change": lambda request, body: streamed(body)}, {}),
    ("gzip", packed(lambda body: gzip.compress(json.dumps(body).encode())), {}),
    ("gzip bomb", packed(lambda body: BOMB), {"fails": "longer than"}),
    ("web page", {"change": lambda request, body: (200, PAGE, {"content-type": "text/html"})}, {"fails": "<!DOCTYPE html>"}),
    ("counts as strings", counted(lambda usage: {name: str(n) for name, n in usage.items()}), {}),
    ("no counts", counted(lambda usage: None), {}),
    ("prompt cut silently", counted(lambda usage: {"prompt_tokens": 100, "completion_tokens": 20}), {"says": "has cut the prompt"}),
    ("reply too long (OpenAI)",
     too_long(512, 400, "max_tokens is too large: {wanted}. This model supports at most 512 completion tokens, whereas you provided {wanted}."),
     {"says": "at most 512 tokens"}),
    ("context too short (vLLM)",
     too_long(600, 400, "'max_tokens' or 'max_completion_tokens' is too large: {wanted}. This model's maximum context length is "
              "1600 tokens and your request has 1000 input tokens ({wanted} > 1600 - 1000)."),
     {"says": "at most 512 tokens"}),
    ("context too short (TGI)",
     too_long(600, 422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1600. Given: 1000 `inputs` tokens "
              "and {wanted} `max_new_tokens`"),
     {"says": "at most 512 tokens"}),
    ("prompt too long (llama.cpp)",
     {"refuse": lambda r: error(400, "request (5231 tokens) exceeds the available context size (4096 tokens), try increasing it")},
     {"fails": r"it takes 4096.*--chunk-tokens"}),
    ("prompt too long (LM Studio, 500)",
     {"refuse": lambda r: error(500, "Trying to keep the first 5231 tokens when context the overflows. However, the model is "
                                "loaded with context length of only 4096 tokens, which is not enough.")},
     {"fails": r"it takes 4096.*--chunk-tokens"}),
]


class Runs:
    def __init__(self, examen, fake_server, work):
        self.examen, self.fake_server, self.work = examen, fake_server, work
        self.rows, self.n_failed = [], 0

    @contextlib.contextmanager
    def fake(self, *arguments):
        server = subprocess.Popen([self.fake_server, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            yield server.stdout.readline().strip() + "/v1"
        finally:
            server.stdin.close()
            server.wait()

    def generate(self, url, *arguments, documents="documents"):
        output = self.work / "out"
        for path in (output, output.with_suffix(".journal"), output.with_suffix(".report.html")):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        command = [self.examen, "generate", "--input", self.work / documents, "--output", output, "--model", "fake"]
        begun = time.monotonic()
        run = subprocess.run([*command, "--base-url", url, *arguments], capture_output=True, text=True, timeout=300)
        said = run.stderr + run.stdout
        accepted = re.search(r"writing questions: (\d+) accepted", said)
        return said, int(accepted[1]) if accepted else 0, time.monotonic() - begun, run.returncode

    def row(self, name, expected, seen, is_right):
        self.n_failed += not is_right
        print(f"{'ok ' if is_right else 'NO '} {name:<36} {expected:<44} {seen}", flush=True)

    def misbehaviour(self, name, server, wanted, upstream, n_usual):
        proxy = Proxy(upstream, **server)
        said, n, seconds, code = self.generate(proxy.url)
        proxy.shutdown()
        words = wanted.get("says") or wanted.get("fails")
        has_words = words is None or re.search(words, said, re.DOTALL)
        is_right = bool(has_words) and ((code != 0 and n == 0) if "fails" in wanted else (code == 0 and n == n_usual))
        expected = f"fails, `{words}`" if "fails" in wanted else f"{n_usual} accepted" + (f", `{words}`" if words else "")
        seen = f"{n} accepted, exit {code}, {len(proxy.asked)} requests, {seconds:.1f} s"
        self.row(name, expected, seen, is_right)
        if not is_right:
            print(said)
        return n

    def extras(self, upstream):
        proxy = Proxy(upstream)
        body = {"chat_template_kwargs": {"enable_thinking": False}, "seed": None}
        self.generate(proxy.url, "--extra-body", json.dumps(body), "--extra-header", "X-Team: exams")
        request, headers = proxy.asked[0], proxy.headers[0]
        is_right = "seed" not in request and request.get("chat_template_kwargs") and headers.get("x-team") == "exams"
        self.row("--extra-body, --extra-header", "sent with every request", str(sorted(set(request) - {"messages"})), bool(is_right))

    def pauses(self, faults, most):
        times, codes = [], set()
        for arguments in ([], faults):
            tries = []
            # The best of three: other work on the machine makes none of them faster.
            for _ in range(3):
                with self.fake("--latency-ms", "60", *arguments) as url:
                    _, _, seconds, code = self.generate(url, documents="many")
                    tries.append(seconds)
                    codes.add(code)
            times.append(min(tries))
        ratio = times[1] / times[0]
        seen = f"{times[0]:.1f} s, {times[1]:.1f} s, × {ratio:.2f}, exit {codes}"
        self.row(" ".join(faults), f"at most × {most} the time without", seen, codes == {0} and ratio <= most)

    def doctor(self, upstream):
        proxy = Proxy(upstream, refuse=lambda r: error(400, "System role not supported") if has_system(r) else None)
        run = subprocess.run([self.examen, "doctor", "--model", "fake", "--base-url", proxy.url], capture_output=True, text=True)
        line = next((line for line in run.stdout.splitlines() if "system role" in line), "nothing")
        self.row("doctor, no system role", "says that it is refused", line.strip(), "refused" in line)


def write_documents(folder, n):
    """Documents in the form that the fake server knows facts in."""
    folder.mkdir()
    for number in range(n):
        facts = [f"The upper {machine} {number}-{i} of the quarry is cooled by filtered {fluid}."
                 for i, (machine, fluid) in enumerate([("kiln", "water"), ("press", "brine"), ("mill", "oil"), ("pump", "air")])]
        filler = " ".join(f"In the year {1900 + i} the crew of the depot near the inner road painted the wall of hall {i} and "
                          f"counted {7 * i + number} crates." for i in range(12))
        (folder / f"{number:04}.txt").write_text(f"DOCID:{number} Notes on plant {number}. {filler} {' '.join(facts)}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examen", type=pathlib.Path, required=True)
    parser.add_argument("--fake-server", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        runs = Runs(arguments.examen.resolve(), arguments.fake_server.resolve(), pathlib.Path(work))
        write_documents(runs.work / "documents", N_DOCUMENTS)
        write_documents(runs.work / "many", 400)
        print(f"    {'case':<36} {'expected':<44} seen")
        with runs.fake() as upstream:
            n_usual = runs.generate(upstream)[1]
            for name, server, wanted in CASES:
                runs.misbehaviour(name, server, wanted, upstream, n_usual)
            runs.extras(upstream)
            runs.doctor(upstream)
        runs.row("undisturbed", "some accepted", f"{n_usual} accepted", n_usual > 0)
        for faults, most in ((["--fail-every", "13"], 1.3), (["--fail-every", "13", "--fail-code", "503"], 1.6)):
            runs.pauses(faults, most)
    sys.exit(f"{runs.n_failed} cases are not as expected" if runs.n_failed else 0)


if __name__ == "__main__":
    main()

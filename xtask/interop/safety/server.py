"""A server under test: started, asked, watched, killed. Standard library only."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time

OWNER = ("owner", "seven grey herons fish at noon")
API_KEY = "attacks-4f1e9c27d05b48a6"
LETTERS = ["answer_a", "answer_b", "answer_c", "answer_d"]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`examen serve` on a free port with the store in `data`."""

    def __init__(self, examen, data, arguments=(), environment=None, log=None):
        self.port = free_port()
        self.data = data
        command = [examen, "serve", "--username", OWNER[0], "--password", OWNER[1], "--api-key", API_KEY]
        command += ["--port", str(self.port), "--data", data, *arguments]
        self.log = open(log or os.devnull, "ab")
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL
        )
        self.wait()

    def wait(self, patience=60):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"examen serve ended with {self.process.returncode}")
            try:
                if self.client(timeout=5).get("/api/v1/version")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"examen serve did not answer within {patience} s")

    def client(self, api_key=API_KEY, timeout=30):
        return Client(self.port, api_key, timeout)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, patience=30):
        """SIGTERM; returns the seconds until it had ended."""
        start = time.monotonic()
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - start

    def is_running(self):
        return self.process.poll() is None

    def memory(self):
        """Resident bytes."""
        return self.status("VmRSS") * 1024

    def peak(self):
        """The most resident bytes so far."""
        return self.status("VmHWM") * 1024

    def status(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name + ":"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.is_running():
            self.kill()
        self.log.close()


class Client:
    """Somebody who asks a server, on one connection that is kept open."""

    def __init__(self, port, api_key=API_KEY, timeout=30, address=None):
        self.port, self.api_key, self.timeout, self.address = port, api_key, timeout, address
        self.connection = None

    def ask(self, method, path, body=None, headers=None):
        """Status, JSON of the answer (or its bytes), and its headers."""
        all_headers = {"Content-Type": "application/json", **(headers or {})}
        if self.api_key:
            all_headers["X-Argilla-Api-Key"] = self.api_key
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if self.connection is None:
            source = (self.address, 0) if self.address else None
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, self.timeout, source_address=source)
        try:
            self.connection.request(method, path, data, all_headers)
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(f"{method} {path}: {error!r}") from error
        try:
            return response.status, json.loads(content) if content else None, response.headers
        except ValueError:
            return response.status, content, response.headers

    def get(self, path):
        return self.ask("GET", path)

    def must(self, method, path, body=None):
        """The answer, which must be a good one."""
        status, answer, _ = self.ask(method, path, body)
        if not 200 <= status < 300:
            raise SystemExit(f"{method} {path}: {status} {answer}")
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Dataset:
    """A published dataset for an exam, with records."""

    def __init__(self, client, name, n_records=0, text="What is it?", properties=()):
        workspace = client.must("GET", "/api/v1/me/workspaces")["items"][0]
        self.workspace = workspace["id"]
        self.id = client.must("POST", "/api/v1/datasets", {"name": name, "workspace_id": self.workspace})["id"]
        path = f"/api/v1/datasets/{self.id}"
        for field in ["question", *LETTERS]:
            part = {"name": field, "title": field, "required": True, "settings": {"type": "text"}}
            client.must("POST", f"{path}/fields", part)
        options = [{"value": letter, "text": letter} for letter in LETTERS]
        label = {"type": "label_selection", "options": options}
        key = {"name": "correct_answer", "title": "Which?", "required": True, "settings": label}
        client.must("POST", f"{path}/questions", key)
        better = {"name": "improved", "title": "Better?", "required": False, "settings": {"type": "text"}}
        client.must("POST", f"{path}/questions", better)
        for part in properties:
            client.must("POST", f"{path}/metadata-properties", part)
        client.must("PUT", f"{path}/publish")
        self.path, self.records = path, []
        for start in range(0, n_records, 100):
            numbers = range(start, min(n_records, start + 100))
            self.records += self.write(client, [self.record(number, text) for number in numbers])

    @staticmethod
    def record(number, text="What is it?", metadata=None):
        fields = {"question": f"{text} {number}", **{letter: f"option {letter} of {number}" for letter in LETTERS}}
        return {"external_id": f"question-{number}", "fields": fields, "metadata": metadata or {}}

    def write(self, client, records):
        """Ids of the records, in order."""
        answer = client.must("PUT", f"{self.path}/records/bulk", {"items": records})
        return [record["id"] for record in answer["items"]]


def page_response(text):
    """A response as the page sends it."""
    return {"values": {"correct_answer": "answer_a", "improved": text}, "status": "submitted"}


def response(text, status="submitted"):
    """A response as Argilla's clients send it."""
    values = {"correct_answer": {"value": "answer_a"}, "improved": {"value": text}}
    return {"values": values, "status": status}

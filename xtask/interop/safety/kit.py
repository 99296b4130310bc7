"""What attacks share: a table, somebody honest, a crowd of connections, servers that are started once."""

import os
import shutil
import socket
import subprocess
import threading
import time

from server import API_KEY, OWNER, Client, Dataset, Server, free_port

MIB = 1024 * 1024
# Longest time that an honest request may take while somebody attacks, in seconds. One machine plays all parts.
PATIENCE = 5.0


class Table:
    """What was seen, and if it held."""

    def __init__(self):
        self.rows = []

    def row(self, item, name, figure, bound, held):
        self.rows.append((item, name, str(figure), str(bound), bool(held)))
        print(f"{'held' if held else 'NOT HELD':8} {item:>3}  {name}: {figure} (bound: {bound})", flush=True)

    def most(self, item, name, figure, bound, unit):
        self.row(item, name, f"{figure:.2f} {unit}", f"{bound:g} {unit}", figure <= bound)

    def is_good(self):
        return all(held for *_, held in self.rows)


class Honest:
    """Somebody who works while others attack: reads, answers, asks for the health. Keeps the time of each request."""

    def __init__(self, server, dataset, api_key=API_KEY):
        self.server, self.dataset, self.api_key = server, dataset, api_key
        self.times, self.failures, self.is_over = [], [], False
        self.thread = threading.Thread(target=self.work)

    def work(self):
        record, n = self.dataset.records[0], 0
        ways = [
            ("GET", "/health", None),
            ("GET", "/api/v1/me", None),
            ("GET", f"/api/review/datasets/{self.dataset.id}/records?status=pending&limit=1", None),
            ("GET", f"/api/v1/records/{record}", None),
        ]
        while not self.is_over:
            method, path, body = ways[n % len(ways)]
            n += 1
            # A new connection each time: those who come anew must get in, too.
            client = self.server.client(self.api_key, timeout=20)
            start = time.monotonic()
            try:
                status, answer, _ = client.ask(method, path, body)
                if status != 200:
                    self.failures.append(f"{path}: {status} {answer}")
            except OSError as error:
                self.failures.append(str(error))
            self.times.append(time.monotonic() - start)
            client.close()
            time.sleep(0.05)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    def told(self, table, item, name):
        worst = max(self.times, default=0.0)
        share = f"{len(self.failures)} of {len(self.times)}"
        table.most(item, f"{name}: slowest honest request", worst, PATIENCE, "s")
        table.row(item, f"{name}: honest requests that failed", share, "0", not self.failures)
        if self.failures:
            print("         ", self.failures[0][:300], flush=True)


def connect(server, address, timeout=10):
    """A connection from an address of the loopback network."""
    raw = socket.socket()
    raw.settimeout(timeout)
    raw.bind((address, 0))
    raw.connect(("127.0.0.1", server.port))
    return raw


class Crowd:
    """As many connections as are taken, up to `n`, each greeted; the server's end of one brings another in its place."""

    def __init__(self, port, addresses, n, greet=lambda raw: None, drip=b""):
        self.port, self.addresses, self.n, self.greet, self.drip = port, addresses, n, greet, drip
        self.opened, self.n_opened, self.is_over = [], 0, False
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.is_over:
            self.opened = [raw for raw in self.opened if self.is_alive(raw)]
            for _ in range(min(100, self.n - len(self.opened))):
                try:
                    self.open_one()
                except OSError:
                    break
            time.sleep(0.1)

    def open_one(self):
        raw = connect(self, self.addresses[self.n_opened % len(self.addresses)], timeout=0.5)
        self.n_opened += 1
        self.opened.append(raw)
        self.greet(raw)
        raw.setblocking(False)

    def is_alive(self, raw):
        try:
            if self.drip:
                raw.send(self.drip)
            # Nothing is taken: the answer stays unread.
            return raw.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            raw.close()
            return False

    def __enter__(self):
        self.thread.start()
        time.sleep(3)
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        close_all(self.opened)


def close_all(connections):
    for raw in connections:
        raw.close()


def answer_to(raw, patience):
    """Status of the answer on a raw connection, and the seconds until it came; `None` where none came."""
    start = time.monotonic()
    raw.settimeout(patience)
    try:
        head = raw.recv(4096)
    except OSError:
        return None, time.monotonic() - start
    words = head.split(b" ")
    return (int(words[1]) if head.startswith(b"HTTP/") else None), time.monotonic() - start


def add_user(server, dataset, name, role="annotator"):
    """The API key of a new member of the dataset's workspace."""
    owner = server.client()
    user = {"username": name, "first_name": name, "password": f"long enough of {name}", "role": role}
    made = owner.must("POST", "/api/v1/users", user)
    owner.must("POST", f"/api/v1/workspaces/{dataset.workspace}/users", {"user_id": made["id"]})
    if made.get("api_key"):
        return made["api_key"]
    status, answer, headers = Client(server.port, None).ask(
        "POST", "/api/review/login", {"username": name, "password": user["password"]}
    )
    raise SystemExit(f"{name} has no API key: {made} {status} {answer} {headers}")


def log_in(server, username, password, headers=None, address=None, timeout=60):
    client = Client(server.port, None, timeout, address)
    try:
        status, _, answered = client.ask(
            "POST", "/api/review/login", {"username": username, "password": password}, headers
        )
        return status, answered
    finally:
        client.close()


class Context:
    """Servers that attacks share, and folders of their own."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.servers, self.datasets, self.local = {}, {}, threading.local()

    def folder(self, name):
        folder = os.path.join(self.arguments.work, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return folder

    def server(self, name="plain", proxied=False):
        name = "proxied" if proxied else name
        if name in self.servers and self.servers[name].is_running():
            return self.servers[name]
        arguments = ["--trusted-proxy", "127.0.0.1/32"] if proxied else []
        folder = self.folder(name)
        server = Server(self.arguments.examen, folder, [*arguments, *self.arguments.serve], log=os.path.join(self.arguments.work, f"{name}.log"))
        self.servers[name] = server
        self.datasets.pop(name, None)
        return server

    def dataset(self, name="plain", proxied=False):
        server = self.server(name, proxied)
        name = "proxied" if proxied else name
        if name not in self.datasets:
            self.datasets[name] = Dataset(server.client(), "shared", 20)
        return self.datasets[name]

    def proxy_client(self, server):
        """One connection a thread, as a proxy keeps them."""
        if getattr(self.local, "port", None) != server.port:
            self.local.client, self.local.port = Client(server.port, None, 60), server.port
        return self.local.client

    def metrics(self, server):
        status, answer, _ = server.client().get("/metrics")
        return answer.decode() if status == 200 and isinstance(answer, bytes) else ""

    def examen(self, *arguments):
        return subprocess.run([self.arguments.examen, *arguments], capture_output=True, text=True, timeout=120)

    def start_tls(self, data, tls):
        """A server with TLS, which answers no plain request."""
        port = free_port()
        command = [self.arguments.examen, "serve", "--username", OWNER[0], "--password", OWNER[1], "--port", str(port)]
        process = subprocess.Popen([*command, "--data", data, *tls], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return process, port
            except OSError:
                time.sleep(0.1)
        raise SystemExit("examen serve with TLS did not start")

    def close(self):
        for server in self.servers.values():
            server.__exit__()

"""People who review, and people who attack, for some minutes: what the first notice of the second, and what the server takes.

    soak.py --examen PATH --work DIR --minutes N [--seed 1]

Ends with an error where a bound does not hold.
"""

import argparse
import json
import os
import random
import resource
import shutil
import socket
import statistics
import threading
import time

from kit import MIB, Crowd, Table, add_user, connect, log_in
from server import OWNER, Client, Dataset, Server, page_response

N_REVIEWERS, N_ATTACKERS, N_RECORDS = 6, 3, 2000


class Reviewer(threading.Thread):
    """Reads a queue, answers, searches, goes on. Keeps the time of each request, and what failed."""

    def __init__(self, server, dataset, api_key, number):
        super().__init__()
        self.client, self.dataset, self.draw = server.client(api_key, timeout=60), dataset, random.Random(number)
        self.times, self.failures, self.n_answers, self.is_over = [], [], 0, False

    def ask(self, method, path, body=None, good=(200, 201)):
        start = time.monotonic()
        try:
            status, answer, _ = self.client.ask(method, path, body)
            if status not in good:
                self.failures.append(f"{method} {path}: {status} {str(answer)[:200]}")
        except OSError as error:
            self.failures.append(str(error))
        self.times.append(time.monotonic() - start)

    def run(self):
        queue = f"/api/review/datasets/{self.dataset.id}/records?status=pending&limit=5"
        search = f"/api/v1/me/datasets/{self.dataset.id}/records/search?limit=10"
        while not self.is_over:
            record = self.draw.choice(self.dataset.records)
            self.ask("GET", queue)
            self.ask("PUT", f"/api/review/records/{record}/response", page_response(f"answer {self.n_answers}"))
            self.n_answers += 1
            if self.n_answers % 5 == 0:
                self.ask("POST", search, {"query": {"text": {"q": f"option {self.draw.randrange(N_RECORDS)}"}}})
            time.sleep(self.draw.uniform(0.05, 0.3))


class Attackers:
    """Kinds of hostility, each for some seconds. `key` is that of an annotator who has turned."""

    def __init__(self, server, dataset, key):
        self.server, self.dataset, self.key = server, dataset, key
        self.kinds = [self.announce, self.guess, self.keep_silent, self.read_nothing, self.search, self.collect, self.babble]
        self.counts, self.is_over = {kind.__name__: 0 for kind in self.kinds}, False

    def run(self, number, seed):
        draw = random.Random(f"{seed} {number}")
        address = f"127.0.0.{100 + number}"
        while not self.is_over:
            kind = draw.choice(self.kinds)
            end = time.monotonic() + draw.uniform(3, 10)
            while time.monotonic() < end and not self.is_over:
                try:
                    kind(address, draw)
                    self.counts[kind.__name__] += 1
                except OSError:
                    time.sleep(0.2)

    def head(self, method, path, length):
        return (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Argilla-Api-Key: {self.key}\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    def announce(self, address, draw):
        with connect(self.server, address, timeout=3) as raw:
            length = draw.choice([10**12, 2_000_000_000, 200 * MIB, 10 * MIB])
            raw.sendall(self.head("PUT", f"{self.dataset.path}/records/bulk", length))
            time.sleep(draw.uniform(0.1, 1))

    def guess(self, address, draw):
        log_in(self.server, draw.choice([OWNER[0], f"n{draw.random()}"]), draw.choice(["x", "x" * 200]), address=address)

    def keep_silent(self, address, draw):
        with Crowd(self.server.port, [address], 300, drip=draw.choice([b"", b"G"])):
            time.sleep(2)

    def read_nothing(self, address, draw):
        asked = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100

        def greet(raw):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.sendall(asked)

        with Crowd(self.server.port, [address], 100, greet):
            time.sleep(2)

    def search(self, address, draw):
        client = Client(self.server.port, self.key, 30, address)
        path = f"/api/v1/me/datasets/{self.dataset.id}/records/search?limit=1000"
        client.ask("POST", path, {"query": {"text": {"q": draw.choice(["o*", "w* i*", "a* OR o* OR w*", "1* 2* 3*"])}}})
        client.close()

    def collect(self, address, draw):
        path = f"/api/v1/me/datasets/{self.dataset.id}/records/search?limit=1000&include=responses"
        with connect(self.server, address, timeout=3) as raw:
            raw.sendall(self.head("POST", path, 2) + b"{}")
            time.sleep(draw.uniform(0.2, 2))

    def babble(self, address, draw):
        with connect(self.server, address, timeout=3) as raw:
            raw.sendall(draw.randbytes(draw.randrange(1, 5000)))
            time.sleep(0.05)


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def main():
    parser = argparse.ArgumentParser()
    for name in ["examen", "work"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    shutil.rmtree(arguments.work, ignore_errors=True)
    os.makedirs(arguments.work)
    with Server(arguments.examen, os.path.join(arguments.work, "data"), log=os.path.join(arguments.work, "log")) as server:
        table = soak(server, arguments)
    raise SystemExit(0 if table.is_good() else 1)


def soak(server, arguments):
    dataset = Dataset(server.client(), "soak", N_RECORDS)
    reviewers = [
        Reviewer(server, dataset, add_user(server, dataset, f"reviewer-{number}"), number) for number in range(N_REVIEWERS)
    ]
    attackers = Attackers(server, dataset, add_user(server, dataset, "turned"))
    hostile = [threading.Thread(target=attackers.run, args=(n, arguments.seed)) for n in range(N_ATTACKERS)]
    before = (server.memory(), server.descriptors())
    start, samples = time.monotonic(), []
    for thread in reviewers + hostile:
        thread.start()
    while time.monotonic() - start < arguments.minutes * 60 and server.is_running():
        time.sleep(5)
        samples.append((server.memory(), server.descriptors()))
        if len(samples) % 12 == 0:
            times = [t for reviewer in reviewers for t in reviewer.times]
            print(f"{len(samples) // 12} min: {len(times):,} honest requests, {samples[-1][0] / MIB:.0f} MiB", flush=True)
    attackers.is_over = True
    for thread in reviewers:
        thread.is_over = True
    for thread in reviewers + hostile:
        thread.join()
    # Connections that were given up are ended within their time.
    time.sleep(15)
    return told(server, reviewers, attackers, before, samples)


def told(server, reviewers, attackers, before, samples):
    table = Table()
    times = [t for reviewer in reviewers for t in reviewer.times]
    failures = [failure for reviewer in reviewers for failure in reviewer.failures]
    memory, descriptors = [memory for memory, _ in samples], [count for _, count in samples]
    print("attacks:", json.dumps(attackers.counts))
    print(f"honest requests: {len(times):,}, median {statistics.median(times) * 1000:.1f} ms")
    table.most("-", "honest requests: 99th percentile", percentile(times, 0.99), 2, "s")
    table.most("-", "honest requests: slowest", max(times), 10, "s")
    table.most("-", "honest requests that failed", 100 * len(failures) / len(times), 0.1, "%")
    table.most("-", "most memory", server.peak() / MIB, 1024, "MiB")
    half = len(memory) // 2
    grown = statistics.median(memory[half:]) - statistics.median(memory[: half or 1])
    table.most("-", "median memory of the second half, over the first", grown / MIB, 128, "MiB")
    table.most("-", "most descriptors", max(descriptors), 1000, "")
    table.most("-", "descriptors after it, over before", server.descriptors() - before[1], 20, "")
    for failure in failures[:5]:
        print("         ", failure)
    return table


if __name__ == "__main__":
    main()

"""Power cuts at random moments: what `examen serve` acknowledged and what `examen generate` finished is there afterwards.

    power_cut.py --examen PATH --fake-server PATH --layer PATH --documents DIR --work DIR [--cuts 20] [--seed 1]
"""

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time
import urllib.request

from cut import cut
from server import Dataset, Server, response

N_WRITERS = 6
N_RECORDS = 120
# Calls that a run makes at a time.
CONCURRENCY = 8
# Turns that it has begun: those calls, and some whose reply waits for the disk (`Throttle::n_at_once`).
MOST_OPEN = CONCURRENCY + CONCURRENCY // 4 + 4


def layer(arguments, root, log, is_blind):
    environment = {"LD_PRELOAD": arguments.layer, "POWER_CUT_ROOT": os.path.realpath(root), "POWER_CUT_LOG": log}
    return {**environment, **({"POWER_CUT_BLIND": "1"} if is_blind else {})}


class Answers:
    """People who answer records, add some and delete some; each remembers what was acknowledged."""

    def __init__(self, dataset):
        self.dataset = dataset
        # Record → number of the last answer that was sent, and of the last one that was acknowledged.
        self.sent, self.acknowledged, self.responses = {}, {}, {}
        self.added, self.maybe_added, self.deleted, self.maybe_deleted = {}, {}, set(), set()
        self.n_acknowledged, self.is_over = 0, False
        self.lock = threading.Lock()

    def run(self, server):
        self.is_over = False
        work = [threading.Thread(target=self.answer, args=(server, number)) for number in range(N_WRITERS)]
        work.append(threading.Thread(target=self.add_and_delete, args=(server,)))
        for thread in work:
            thread.start()
        return work

    def answer(self, server, number):
        client, draw = server.client(timeout=20), random.Random(number)
        mine = self.dataset.records[number::N_WRITERS]
        while not self.is_over:
            record = draw.choice(mine)
            n = self.sent[record] = self.sent.get(record, 0) + 1
            body = response(f"answer {n}")
            try:
                if record in self.responses:
                    status, answer, _ = client.ask("PUT", f"/api/v1/responses/{self.responses[record]}", body)
                else:
                    status, answer, _ = client.ask("POST", f"/api/v1/records/{record}/responses", body)
            except OSError:
                return
            if status in (200, 201):
                self.responses[record] = answer["id"]
                self.acknowledged[record] = n
                with self.lock:
                    self.n_acknowledged += 1

    def add_and_delete(self, server):
        client = server.client(timeout=20)
        while not self.is_over:
            number = 100_000 + len(self.maybe_added)
            self.maybe_added[f"question-{number}"] = True
            try:
                status, answer, _ = client.ask(
                    "PUT", f"{self.dataset.path}/records/bulk", {"items": [Dataset.record(number)]}
                )
                if status != 200:
                    continue
                record = answer["items"][0]["id"]
                self.added[record] = True
                with self.lock:
                    self.n_acknowledged += 1
                if number % 3 == 0:
                    self.maybe_deleted.add(record)
                    status, _, _ = client.ask("DELETE", f"{self.dataset.path}/records?ids={record}")
                    if status == 204:
                        self.deleted.add(record)
                        with self.lock:
                            self.n_acknowledged += 1
            except OSError:
                return

    def lost(self, client):
        """What was acknowledged and is not as it was left; what was sent and not acknowledged may be there or not."""
        there = {}
        while True:
            page = client.must("GET", f"{self.dataset.path}/records?include=responses&limit=500&offset={len(there)}")
            there.update({record["id"]: record for record in page["items"]})
            if not page["items"] or len(there) >= page["total"]:
                break
        lost = []
        for record, n in self.acknowledged.items():
            answers = there.get(record, {}).get("responses") or [{"values": {"improved": {"value": "answer 0"}}}]
            found = int(answers[0]["values"]["improved"]["value"].split()[1])
            if not n <= found <= self.sent[record]:
                lost.append(f"record {record} has answer {found} instead of {n} to {self.sent[record]}")
        lost += [f"record {r} is gone" for r in self.added if r not in there and r not in self.maybe_deleted]
        lost += [f"record {r} is back" for r in self.deleted if r in there]
        return lost

    def settle(self, client):
        """Goes on from what is there: an answer that was not acknowledged may have been kept."""
        for record in self.dataset.records:
            if record in self.sent and record not in self.responses:
                answers = client.must("GET", f"/api/v1/records/{record}").get("responses") or []
                if answers:
                    self.responses[record] = answers[0]["id"]


def serve(arguments, draw, n_cuts, is_blind=False):
    """Cuts of one store that is written to all the time. Returns figures."""
    work = os.path.join(arguments.work, "serve-blind" if is_blind else "serve")
    shutil.rmtree(work, ignore_errors=True)
    data, log = os.path.join(work, "data"), os.path.join(work, "cut.log")
    os.makedirs(data)
    with Server(arguments.examen, data, log=os.path.join(work, "server.log")) as server:
        answers = Answers(Dataset(server.client(), "power cut", N_RECORDS))
        server.stop()
    figures = {"cuts": 0, "acknowledged": 0, "open": 0, "taken back": 0, "lost": 0, "slowest start, s": 0.0}
    for _ in range(n_cuts):
        environment = layer(arguments, data, log, is_blind)
        with Server(arguments.examen, data, environment=environment, log=os.path.join(work, "server.log")) as server:
            work_threads = answers.run(server)
            time.sleep(draw.uniform(0.3, 3.0))
            server.kill()
            answers.is_over = True
            for thread in work_threads:
                thread.join()
        n_open, n_undone = cut(data, log, draw)
        check = sqlite3.connect(os.path.join(data, "examen.sqlite"))
        state = check.execute("PRAGMA integrity_check").fetchone()[0]
        check.close()
        if state != "ok":
            figures["lost"] += answers.n_acknowledged if is_blind else 0
            if not is_blind:
                raise SystemExit(f"after cut {figures['cuts'] + 1} the database is broken: {state}")
            return figures
        start = time.monotonic()
        with Server(arguments.examen, data, log=os.path.join(work, "server.log")) as server:
            figures["slowest start, s"] = max(figures["slowest start, s"], round(time.monotonic() - start, 2))
            lost = answers.lost(server.client())
            answers.settle(server.client())
            server.stop()
        figures["cuts"] += 1
        figures["open"] += n_open
        figures["taken back"] += n_undone
        figures["lost"] += len(lost)
        figures["acknowledged"] = answers.n_acknowledged
        if lost and not is_blind:
            raise SystemExit("lost at cut {}: {}".format(figures["cuts"], "; ".join(lost[:5])))
        if is_blind:
            break
    return figures


class Model:
    """The fake server, which counts what it is asked."""

    def __init__(self, arguments):
        self.process = subprocess.Popen(
            [arguments.fake_server, "--latency-ms", "15"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def stats(self):
        with urllib.request.urlopen(f"{self.url}/stats", timeout=10) as answer:
            return json.load(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def command(arguments, model, output):
    return [
        arguments.examen, "generate", "--model-id", "fake", "--base-url", f"{model.url}/v1", "--format", "json",
        "--concurrency", str(CONCURRENCY), "--max-concurrency", str(CONCURRENCY), "--chunk-tokens", "1024",
        "--input-dir", arguments.documents, "--output-path", output,
    ]  # fmt: skip


def finish(arguments, model, output, name):
    done = subprocess.run(command(arguments, model, output), capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{name}: examen generate ended with {done.returncode}: {done.stderr[-2000:]}")
    return questions(output)


def questions(output):
    """Bytes of the rows that the run is for, by file."""
    found = {}
    for folder, _, names in os.walk(output):
        for name in names:
            if name.endswith(".arrow"):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, output)] = file.read()
    return found


def generate(arguments, draw, n_cuts, is_blind=False):
    """Cuts of runs, each of which is run again to its end. Returns figures."""
    work = os.path.join(arguments.work, "generate-blind" if is_blind else "generate")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    model = Model(arguments)
    start = time.monotonic()
    expected = finish(arguments, model, os.path.join(work, "whole"), "a whole run")
    seconds, n_calls = time.monotonic() - start, model.stats()["answered"]
    figures = {"cuts": 0, "calls of a whole run": n_calls, "replies before cuts": 0, "asked again": 0, "open": 0,
               "taken back": 0, "most asked again": 0, "other rows": 0}  # fmt: skip
    for number in range(n_cuts):
        root, log = os.path.join(work, f"cut-{number}"), os.path.join(work, "cut.log")
        os.makedirs(root)
        output, before = os.path.join(root, "out"), model.stats()
        run = subprocess.Popen(
            command(arguments, model, output), env={**os.environ, **layer(arguments, root, log, is_blind)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(draw.uniform(0.1, 1.0) * seconds * 1.1)
        run.kill()
        run.wait()
        time.sleep(0.1)
        replies = model.stats()["answered"] - before["answered"]
        n_open, n_undone = cut(root, log, draw)
        found = finish(arguments, model, output, f"after cut {number + 1}")
        repeated = model.stats()["answered"] - before["answered"] - n_calls
        figures["cuts"] += 1
        figures["replies before cuts"] += replies
        figures["asked again"] += repeated
        figures["most asked again"] = max(figures["most asked again"], repeated)
        figures["open"] += n_open
        figures["taken back"] += n_undone
        figures["other rows"] += sum(found.get(name) != rows for name, rows in expected.items())
        shutil.rmtree(root)
    model.close()
    return figures


def main():
    parser = argparse.ArgumentParser()
    for name in ["examen", "fake-server", "layer", "documents", "work"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.work = os.path.realpath(arguments.work)
    served = serve(arguments, random.Random(arguments.seed), arguments.cuts)
    print("examen serve:", json.dumps(served), flush=True)
    made = generate(arguments, random.Random(arguments.seed), arguments.cuts)
    print("examen generate:", json.dumps(made), flush=True)
    # Controls: where no sync counts, as on a disk that lies, the same cuts must be seen to do harm.
    blind_served = serve(arguments, random.Random(arguments.seed), 1, is_blind=True)
    print("examen serve, no sync counts:", json.dumps(blind_served), flush=True)
    blind_made = generate(arguments, random.Random(arguments.seed), 2, is_blind=True)
    print("examen generate, no sync counts:", json.dumps(blind_made), flush=True)
    held = {
        "nothing acknowledged is lost": served["lost"] == 0 and served["acknowledged"] > 0,
        f"no more calls are repeated than were in flight or waited for the disk ({MOST_OPEN})": made["most asked again"] <= MOST_OPEN,
        "the rows are those of a run that was not cut": made["other rows"] == 0,
        "the layer takes writes back": served["taken back"] > 0 and made["taken back"] > 0,
        "without syncs, acknowledged answers get lost": blind_served["lost"] > 0,
        "without syncs, more calls are repeated": blind_made["most asked again"] > MOST_OPEN,
    }
    for sentence, is_so in held.items():
        print("held    " if is_so else "NOT HELD", sentence)
    raise SystemExit(0 if all(held.values()) else 1)


if __name__ == "__main__":
    main()

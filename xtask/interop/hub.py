"""The Hub's official clients, unmodified, against `examen hub`: HF_ENDPOINT and HF_TOKEN say where.

`clients`: push, load, stream, download, branches, errors, with whatever versions are installed.
`script SERVER KEY`: what the original workflow's create_dataset.py does: reviewed records of an Argilla server → a dataset → the hub.
`crowd`: 20 clients that push and pull at once.
`kills EXAMEN DATA PORT`: kill -9 in the middle of pushes, twenty times; nothing that was acknowledged is lost.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="examen-hub-")

from huggingface_hub import HfApi, hf_hub_download, snapshot_download  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

API = HfApi()


def refused(kind: type[Exception], call) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"not refused as {kind.__name__}")


def read(repo: str, path: str, **more) -> bytes:
    return Path(hf_hub_download(repo, path, repo_type="dataset", cache_dir=tempfile.mkdtemp(), **more)).read_bytes()


def files_and_revisions() -> None:
    repo, noise = "org/files", random.Random(1).randbytes(5_000_000)
    API.create_repo(repo, repo_type="dataset", private=True)
    API.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    (folder / "data").mkdir()
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Files\n")
    (folder / "a b ü.txt").write_text("text\n")
    (folder / "data/noise.bin").write_bytes(noise)
    first = API.upload_folder(folder_path=folder, repo_id=repo, repo_type="dataset").oid
    assert read(repo, "data/noise.bin") == noise and read(repo, "a b ü.txt") == b"text\n"
    changed = noise[:1_000_000] + b"a change in the middle" + noise[1_000_000:]
    API.upload_file(path_or_fileobj=changed, path_in_repo="data/noise.bin", repo_id=repo, repo_type="dataset", parent_commit=first)
    assert read(repo, "data/noise.bin") == changed and read(repo, "data/noise.bin", revision=first) == noise
    refused(HfHubHTTPError, lambda: API.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo, repo_type="dataset", parent_commit=first))
    info = API.dataset_info(repo, files_metadata=True)
    assert info.private and info.card_data["license"] == "mit"
    assert {known.rfilename: known.size for known in info.siblings}["data/noise.bin"] == len(changed)
    tree = {known.path: known for known in API.list_repo_tree(repo, repo_type="dataset", recursive=True, expand=True)}
    assert tree["data"].tree_id and tree["data/noise.bin"].lfs.size == len(changed) and tree["README.md"].last_commit.oid == first
    assert [known.path for known in API.get_paths_info(repo, ["README.md", "nothing"], repo_type="dataset")] == ["README.md"]
    API.create_branch(repo, branch="try/this", repo_type="dataset")
    API.create_tag(repo, tag="v1", repo_type="dataset")
    API.upload_file(path_or_fileobj=b"1", path_in_repo="new", repo_id=repo, repo_type="dataset", revision="try/this")
    proposed = API.upload_file(path_or_fileobj=b"2", path_in_repo="proposed", repo_id=repo, repo_type="dataset", create_pr=True)
    assert proposed.pr_revision == "refs/pr/1" and read(repo, "proposed", revision="refs/pr/1") == b"2"
    refs = API.list_repo_refs(repo, repo_type="dataset", include_pull_requests=True)
    assert {ref.name for ref in refs.branches} == {"main", "try/this"} and refs.tags[0].name == "v1" and len(refs.pull_requests) == 1
    API.delete_file("a b ü.txt", repo, repo_type="dataset")
    assert "a b ü.txt" not in API.list_repo_files(repo, repo_type="dataset")
    assert (Path(snapshot_download(repo, repo_type="dataset", revision="v1")) / "a b ü.txt").read_text() == "text\n"
    API.super_squash_history(repo, repo_type="dataset")
    assert len(API.list_repo_commits(repo, repo_type="dataset")) == 1 and read(repo, "data/noise.bin") == changed
    nobody = HfApi(token=False)
    refused(RepositoryNotFoundError, lambda: nobody.dataset_info(repo))
    API.move_repo(repo, "org/moved", repo_type="dataset")
    (API.update_repo_settings if hasattr(API, "update_repo_settings") else API.update_repo_visibility)("org/moved", private=False, repo_type="dataset")
    assert read("org/moved", "data/noise.bin", token=False) == changed
    refused(RevisionNotFoundError, lambda: API.dataset_info("org/moved", revision="nothing"))
    refused(EntryNotFoundError, lambda: read("org/moved", "nothing"))
    refused(HfHubHTTPError, lambda: nobody.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="org/moved", repo_type="dataset"))
    clone()
    API.delete_repo("org/moved", repo_type="dataset")
    refused(RepositoryNotFoundError, lambda: API.dataset_info("org/moved"))


def clone() -> None:
    folder = tempfile.mkdtemp()
    git = ["git", "-C", folder]
    subprocess.run([*git, "clone", "--quiet", f"{os.environ['HF_ENDPOINT']}/datasets/org/moved", "copy"], check=True)
    assert Path(folder, "copy/data/noise.bin").read_text().startswith("version https://git-lfs")
    subprocess.run(["git", "-C", f"{folder}/copy", "fsck", "--strict"], check=True, capture_output=True)


def a_download_goes_on() -> None:
    repo, noise = "org/resumed", random.Random(2).randbytes(3_000_000)
    API.create_repo(repo, exist_ok=True)
    API.upload_file(path_or_fileobj=noise, path_in_repo="w.bin", repo_id=repo)
    url = f"{os.environ['HF_ENDPOINT']}/{repo}/resolve/main/w.bin"
    token = {"Authorization": f"Bearer {os.environ['HF_TOKEN']}"}
    part = urllib.request.urlopen(urllib.request.Request(url, headers={**token, "Range": "bytes=2000000-"}))
    assert part.status == 206 and part.read() == noise[2_000_000:]
    API.delete_repo(repo)


def many_files() -> None:
    repo, folder = "org/many", Path(tempfile.mkdtemp())
    for n in range(120):
        (folder / str(n % 7)).mkdir(exist_ok=True)
        (folder / str(n % 7) / f"{n}.txt").write_text(str(n))
    (folder / "m.safetensors").write_bytes(random.Random(3).randbytes(2_000_000))
    API.create_repo(repo)
    if hasattr(API, "upload_large_folder"):
        API.upload_large_folder(repo_id=repo, folder_path=folder, repo_type="model", num_workers=4, print_report=False)
    else:
        API.upload_folder(repo_id=repo, folder_path=folder)
    copy = Path(snapshot_download(repo, max_workers=8))
    assert sum(path.is_file() for path in copy.rglob("*")) == 122
    API.delete_repo(repo)


def datasets_come_and_go() -> None:
    from datasets import Dataset, DatasetDict, load_dataset

    rows = Dataset.from_list([{"question": f"q{n}", "choices": ["a", "b"], "n": n} for n in range(500)])
    rows.push_to_hub("org/rows", private=True)
    assert load_dataset("org/rows", split="train")[7]["question"] == "q7"
    parts = DatasetDict({"train": rows.select(range(400)), "test": rows.select(range(400, 500))})
    parts.push_to_hub("org/rows", config_name="two", private=True)
    assert len(load_dataset("org/rows", "two", split="test")) == 100
    stream = load_dataset("org/rows", "two", split="test", streaming=True)
    assert [row["n"] for row in stream][:2] == [400, 401]
    API.delete_repo("org/rows", repo_type="dataset")


def command_line() -> None:
    program = Path(sys.executable).parent / "hf"
    if not program.exists():
        return
    file = Path(tempfile.mkdtemp()) / "x.md"
    file.write_text("x")
    run = lambda *arguments: subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout  # noqa: E731
    assert "org" in run("auth", "whoami")
    kind = "--repo-type" if "--repo-type" in run("upload", "--help") else "--type"
    run("upload", "org/cli", str(file), kind, "dataset")
    run("download", "org/cli", kind, "dataset")
    API.delete_repo("org/cli", repo_type="dataset")


def clients() -> None:
    for check in (files_and_revisions, a_download_goes_on, many_files, datasets_come_and_go, command_line):
        check()
        print("ok", check.__name__)


def script(server: str, key: str) -> None:
    import argilla as rg
    from datasets import Dataset, load_dataset

    client = rg.Argilla(api_url=server, api_key=key)
    reviewed = client.datasets("exam_questions")
    rows = []
    for record in reviewed.records(with_suggestions=True, with_responses=True):
        answers = [response.value for response in record.responses["correct_answer"]]
        key = answers[-1] if answers else record.suggestions["correct_answer"].value
        options = {name: record.fields[name] for name in ("answer_a", "answer_b", "answer_c", "answer_d")}
        rows.append({"question": record.fields["question"], **options, "correct_answer": key})
    assert rows
    Dataset.from_list(rows).push_to_hub("org/exam", private=True)
    assert load_dataset("org/exam", split="train")[0] == rows[0]
    print("ok script,", len(rows), "rows")


def one_of_the_crowd(number: int, faults: list[str]) -> None:
    try:
        own, chance = f"org/own{number}", random.Random(number)
        API.create_repo(own, repo_type="dataset", exist_ok=True)
        for turn in range(3):
            content = chance.randbytes(300_000)
            API.upload_file(path_or_fileobj=content, path_in_repo="data.bin", repo_id=own, repo_type="dataset")
            assert read(own, "data.bin") == content
            API.upload_file(path_or_fileobj=content[:9], path_in_repo=f"{number}-{turn}", repo_id="org/shared", repo_type="dataset")
    except Exception as error:
        faults.append(f"{number}: {error!r}")


def crowd() -> None:
    API.create_repo("org/shared", repo_type="dataset", exist_ok=True)
    faults: list[str] = []
    begin = time.monotonic()
    threads = [threading.Thread(target=one_of_the_crowd, args=(number, faults)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared = API.list_repo_files("org/shared", repo_type="dataset")
    assert not faults, faults
    assert len(shared) == 61 and len(API.list_repo_commits("org/shared", repo_type="dataset")) == 61
    print(f"ok crowd: 20 clients, 120 pushes, 60 pulls, {time.monotonic() - begin:.1f} s, 0 errors, 0 lost")


def serve(examen: str, data: str, port: str) -> subprocess.Popen:
    command = [examen, "hub", "--data", data, "--port", port, "--username", "org", "--token", os.environ["HF_TOKEN"]]
    hub = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(500):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            return hub
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the hub did not start")


def push_until(stop: threading.Event, chance: random.Random, acknowledged: list[tuple[str, bytes]], turn: int) -> None:
    number = 0
    while not stop.is_set():
        content = chance.randbytes(chance.choice([20, 400_000, 1_500_000]))
        path = f"{turn}/{number}.bin"
        try:
            API.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id="org/killed", repo_type="dataset")
        except Exception:
            continue
        acknowledged.append((path, content))
        number += 1


def kills(examen: str, data: str, port: str) -> None:
    chance, acknowledged = random.Random(4), []
    hub = serve(examen, data, port)
    API.create_repo("org/killed", repo_type="dataset", exist_ok=True)
    for turn in range(20):
        stop = threading.Event()
        pushing = threading.Thread(target=push_until, args=(stop, chance, acknowledged, turn))
        pushing.start()
        time.sleep(chance.uniform(0.1, 0.9))
        hub.send_signal(signal.SIGKILL)
        hub.wait()
        folder = Path(data) / "repositories/datasets/org/killed"
        subprocess.run(["git", "--git-dir", folder, "fsck", "--strict", "--no-dangling"], check=True, capture_output=True)
        # The client goes on by itself when the hub is there again.
        hub = serve(examen, data, port)
        stop.set()
        pushing.join()
    for path, content in acknowledged:
        assert read("org/killed", path) == content, path
    hub.terminate()
    hub.wait()
    print(f"ok kills: 20 times, {len(acknowledged)} pushes acknowledged, 0 lost")


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    {"clients": clients, "script": script, "crowd": crowd, "kills": kills}[name](*arguments)

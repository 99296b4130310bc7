"""Replies in the shapes that models send, through the binary: what is expected of each, and what is seen.

    python replies.py --examen BINARY --cases testdata/replies/replies.jsonl --work FOLDER

Serves each case's reply to the one document that holds its passage, runs `examen generate`, and reads the rows that it
wrote, rejected ones too, with `datasets`. Prints a table, and exits with 1 where a row is not what the case says.
"""

import argparse
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import datasets


def server(cases):
    class Model(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            number = re.findall(r"This is case(\d{4})\.", body)
            text = cases[int(number[-1])]["reply"] if number else "ok"
            message = {"role": "assistant", "content": text}
            reply = json.dumps(
                {
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1000, "completion_tokens": 10},
                }
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{serving.server_port}/v1"


def generate(examen, url, cases, work):
    documents = work / "docs"
    documents.mkdir(parents=True)
    for number, case in enumerate(cases):
        name = f"case{number:04}"
        (documents / f"{name}.txt").write_text(f"{case['passage']} This is {name}.")
    command = [examen, "generate", "--input", documents, "--output", work / "out"]
    command += ["--model", "replies", "--base-url", url, "--questions-per-chunk", "1", "--max-re-asks", "0"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    rows = {}
    for config in ["questions", "rejected"]:
        for row in datasets.load_from_disk(work / "out" / config)["train"]:
            if row["question"]:
                rows[row["document"]] = row
    return rows


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--examen", required=True)
    arguments.add_argument("--cases", type=Path, required=True)
    arguments.add_argument("--work", type=Path, required=True)
    given = arguments.parse_args()
    cases = [json.loads(line) for line in given.cases.read_text().splitlines()]
    rows = generate(given.examen, server(cases), cases, given.work)
    n_wrong = 0
    print(f"{'case':<6}{'shape':<13}{'expected key':<34}seen")
    for number, case in enumerate(cases):
        row = rows.get(f"case{number:04}.txt")
        parts = ["question", "answer", "distractors"]
        is_right = row is not None and all(row[part] == case[part] for part in parts)
        n_wrong += not is_right
        seen = "no question" if row is None else row["answer"]
        mark = "" if is_right else "  wrong"
        print(f"{number:<6}{case['kind']:<13}{case['answer'][:32]:<34}{seen[:40]}{mark}")
    print(f"{len(cases) - n_wrong} of {len(cases)} replies were read as expected")
    sys.exit(n_wrong > 0)


if __name__ == "__main__":
    main()

"""Logs the records in a file through Argilla's SDK and prints how long that took: URL, API key, id of a dataset, file."""

import json
import logging
import sys
import time

import argilla as rg

logging.disable()
url, api_key, dataset_id, file = sys.argv[1:]
dataset = rg.Argilla(api_url=url, api_key=api_key).datasets(id=dataset_id).get()
records = []
with open(file) as lines:
    for line in lines:
        given = json.loads(line)
        suggestions = [
            rg.Suggestion(one["question_name"], one["value"], score=one["score"], agent=one["agent"])
            for one in given["suggestions"]
        ]
        record = rg.Record(id=given["external_id"], fields=given["fields"], metadata=given["metadata"], suggestions=suggestions)
        records.append(record)
start, cpu = time.perf_counter(), time.process_time()
dataset.records.log(records)
print(json.dumps({"seconds": time.perf_counter() - start, "client_cpu_s": time.process_time() - cpu}))

"""Writes the files of this folder: one exam in every codec of pyarrow. Ran with pyarrow 26.0.1."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
OPTIONS = ["zero", "one", "two", "three", "four"]
rows = [
    {"question": f"What is {n} + 1?", "choices": OPTIONS[: 4 + n % 2], "answer": n % 4}
    for n in range(40)
]
table = pa.Table.from_pylist(rows)
for codec in ["none", "snappy", "gzip", "brotli", "lz4", "zstd"]:
    pq.write_table(table, HERE / f"{codec}.parquet", compression=codec)
with pa.OSFile(str(HERE / "file.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
    writer.write_table(table)

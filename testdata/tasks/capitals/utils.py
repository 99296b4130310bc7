import sys
from functools import partial


def of_continent(dataset, continent):
    return dataset.filter(lambda row: row["continent"] == continent)


process_europe = partial(of_continent, continent="Europe")


def process_backwards(dataset):
    # What only a real Python knows.
    assert sys.version_info.major == 3
    return dataset.select(range(len(dataset) - 1, -1, -1))

"""Writes crates/generate/src/text/trigrams.txt: the sequences of three letters that words have, in any of 35 languages in Latin script.

The words are those of the translations that are installed below the folder (Debian: apt install iso-codes language-pack-*, or
any desktop): names of places and languages, and sentences of programs. A sequence counts from four different words on.

    python3 make_trigrams.py /usr/share/locale > ../../crates/generate/src/text/trigrams.txt
"""

import collections
import gettext
import pathlib
import re
import string
import sys
import unicodedata

LANGUAGES = (
    "en es fr de pt it nl pl tr id vi cs sk hr sl hu ro sv da nb fi et lv lt ca eu gl ga cy sq af eo is mt ms".split()
)
WORD = re.compile(r"(?<![\w\d./_-])[^\W\d_]+(?![\w\d./_-])")
PLAIN = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i"})
MIN_WORDS = 4


def plain(word):
    letters = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(PLAIN)


def words(folder):
    for language in LANGUAGES:
        for path in sorted(pathlib.Path(folder, language, "LC_MESSAGES").glob("*.mo")):
            try:
                translations = gettext.GNUTranslations(path.open("rb"))
            except (OSError, UnicodeDecodeError):
                continue
            for original, translation in translations._catalog.items():
                texts = [original if isinstance(original, str) else original[0], translation]
                for text in texts:
                    for word in WORD.findall(text):
                        if word[1:].islower() and re.fullmatch("[a-z]{4,24}", plain(word)):
                            yield plain(word)


def main(folder):
    counts = collections.Counter()
    for word in set(words(folder)):
        counts.update({word[start : start + 3] for start in range(len(word) - 2)})
    for first in string.ascii_lowercase:
        for second in string.ascii_lowercase:
            third = "".join(c for c in string.ascii_lowercase if counts[first + second + c] >= MIN_WORDS)
            if third:
                print(first + second, third)


main(sys.argv[1])

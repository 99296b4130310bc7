"""PDF files of known text and cells, made by several producers, read by Examen and by its peers: whose lines and rows are right?

    layouts.py --examen PATH --work DIR

A sentence counts if it is found whole, behind the one before it; a row of a table if its cells follow each other with nothing
between them. Lines and rows that are marked as Markdown count without the marks, so that all are held to the same.
"""

import argparse
import json
import os
import random
import re
import subprocess
import time

import pypdfium2
from fpdf import FPDF
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import BaseDocTemplate, Frame, FrameBreak, PageTemplate, Paragraph, SimpleDocTemplate, Spacer, Table

STYLES = getSampleStyleSheet()
GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
WORDS = (
    "amoxicillin liver kidney dose daily weight child adult tablet blood pressure heart muscle nerve cell tissue bone marrow "
    "fever pain sleep water salt sugar protein vitamin iron zinc oxygen acid enzyme"
).split()
DOSES = [
    ["Drug", "Dose", "Interval", "Note"],
    ["Amoxicillin", "500 mg", "8 h", "with or without food"],
    ["Ibuprofen", "400 mg", "6 h", ""],
    ["Paracetamol", "1 g", "", "not more than four grams in one day for adults"],
    ["Aspirin", "75 mg", "24 h", "after meals"],
]
CAPITALS = [
    ["Country", "Capital", "Population"],
    ["Norway", "Oslo", "5.5 million"],
    ["Chile", "Santiago", "19.6 million"],
    ["Kenya", "Nairobi", "54 million"],
    ["Japan", "Tokyo", "124 million"],
]
WRAPPED = [
    ["Symptom", "Meaning", "What to do"],
    [
        "Fever over 39 degrees for three days",
        "an infection that the body does not overcome alone",
        "see a doctor on the same day and drink enough",
    ],
    ["Rash", "allergy or virus", "stop new medicines and ask"],
    ["Cough with blood", "injury of the lung", "call an ambulance at once"],
]
STOCK = [["Item", "Amount", "Place"]] + [[f"item{n}", f"{n * 7} kg", f"room {n % 9}"] for n in range(90)]


class Files:
    """The files of a folder, and what is in each."""

    def __init__(self, folder):
        self.folder = folder
        self.known = {}
        self.random = random.Random(3)

    def add(self, name, lines=(), tables=()):
        self.known[name] = (list(lines), list(tables))
        return os.path.join(self.folder, name)

    def sentences(self, tag, n):
        def words():
            return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(9, 16)))

        return [f"{tag}{index} {words()} end{tag}{index}." for index in range(n)]


def reportlab(files):
    def table(rows, style, widths=None):
        cells = [[Paragraph(cell, STYLES["Normal"]) for cell in row] for row in rows]
        return Table(cells, colWidths=widths, style=style)

    def text(line):
        return Paragraph(line, STYLES["Normal"])

    for name, rows, style, widths in [
        ("doses-grid", DOSES, GRID, [90, 60, 60, 120]),
        ("doses-plain", DOSES, None, [90, 60, 60, 120]),
        ("capitals-grid", CAPITALS, GRID, None),
        ("capitals-plain", CAPITALS, None, [120, 120, 120]),
        ("wrapped-grid", WRAPPED, GRID, [80, 100, 100]),
        ("wrapped-plain", WRAPPED, None, [80, 100, 100]),
    ]:
        lines = files.sentences("a", 2)
        path = files.add(f"reportlab-{name}.pdf", lines, [rows])
        story = [text(lines[0]), Spacer(1, 12), table(rows, style, widths), Spacer(1, 12), text(lines[1])]
        SimpleDocTemplate(path, pagesize=A4).build(story)
    path = files.add("reportlab-three-pages.pdf", tables=[STOCK])
    SimpleDocTemplate(path, pagesize=A4).build([Table(STOCK, repeatRows=1, style=GRID)])
    for n_columns in (2, 3):
        for heading in ("", "Heading across all columns of this page"):
            columns(files, n_columns, heading)


def columns(files, n, heading):
    lines = files.sentences(f"c{n}x", 24 * n)
    name = f"reportlab-{n}-columns{'-headed' if heading else ''}.pdf"
    path = files.add(name, ([heading] if heading else []) + lines)
    width, top = (A4[0] - 100) / n, 60 if heading else 0
    frames = [Frame(50, A4[1] - 50 - top, A4[0] - 100, top)] if heading else []
    frames += [Frame(50 + index * width, 50, width - 8, A4[1] - 100 - top) for index in range(n)]
    document = BaseDocTemplate(path, pagesize=A4)
    document.addPageTemplates([PageTemplate(frames=frames)])
    story = [Paragraph(heading, STYLES["Heading2"]), FrameBreak()] if heading else []
    document.build(story + [Paragraph(line, STYLES["Normal"]) for line in lines])


def turned(files):
    for name, degrees in [("reportlab-2-columns", 90), ("reportlab-2-columns", 180), ("reportlab-doses-grid", 90)]:
        document = pypdfium2.PdfDocument(os.path.join(files.folder, f"{name}.pdf"))
        for page in document:
            page.set_rotation(degrees)
        document.save(files.add(f"{name}-turned-{degrees}.pdf", *files.known[f"{name}.pdf"]))
    lines = files.sentences("r", 10)
    page = canvas.Canvas(files.add("drawn-upwards.pdf", lines), pagesize=A4)
    page.translate(100, 100)
    page.rotate(90)
    for index, line in enumerate(lines):
        page.setFont("Helvetica", 9)
        page.drawString(0, -index * 14, line)
    page.save()


def letters(files):
    lines = files.sentences("g", 12)
    page = canvas.Canvas(files.add("letter-by-letter.pdf", lines), pagesize=A4)
    for index, line in enumerate(lines):
        x = 50
        for letter in line:
            page.setFont("Times-Roman", 8)
            page.drawString(x, 780 - index * 16, letter)
            x += page.stringWidth(letter, "Times-Roman", 8) + 0.15
    page.save()


def fpdf(files):
    def page():
        made = FPDF()
        made.add_page()
        made.set_font("Helvetica", size=11)
        return made

    def table(made, rows, **style):
        with made.table(**style) as table:
            for row in rows:
                cells = table.row()
                for cell in row:
                    cells.cell(cell)

    lines, made = files.sentences("f", 3), page()
    for line in lines:
        made.multi_cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    table(made, DOSES)
    made.output(files.add("fpdf-doses.pdf", lines, [DOSES]))
    made = page()
    table(made, CAPITALS, borders_layout="NONE")
    made.output(files.add("fpdf-capitals.pdf", tables=[CAPITALS]))
    lines, made = files.sentences("fc", 40), page()
    with made.text_columns(ncols=2, gutter=8) as text:
        for line in lines:
            text.write(line + "\n")
    made.output(files.add("fpdf-2-columns.pdf", lines))


def chromium(files):
    def table(rows):
        kinds = ["th"] + ["td"] * (len(rows) - 1)
        cells = ["".join(f"<{kind}>{cell}</{kind}>" for cell in row) for kind, row in zip(kinds, rows)]
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"

    def paragraphs(lines):
        return "".join(f"<p>{line}</p>" for line in lines)

    lines = files.sentences("h", 2)
    mixed = paragraphs(lines[:1]) + table(DOSES) + paragraphs(lines[1:]) + table(CAPITALS)
    printed(files, "tables", mixed, lines, [DOSES, CAPITALS])
    printed(files, "narrow", f'<div style="width:300px">{table(WRAPPED)}</div>', tables=[WRAPPED])
    lines = files.sentences("hc", 60)
    printed(files, "2-columns", f'<h2>Heading</h2><div style="column-count:2">{paragraphs(lines)}</div>', ["Heading"] + lines)
    lines = files.sentences("hd", 60)
    printed(files, "3-columns", f'<div style="column-count:3">{paragraphs(lines)}</div>', lines)
    lines = [f"ch{n} well-known state-of-the-art follow-up twenty-one endch{n}." for n in range(30)]
    printed(files, "hyphens", f'<div style="width:140px">{paragraphs(lines)}</div>', lines)
    lines = files.sentences("ft", 6)
    printed(files, "list", "<ol>" + "".join(f"<li>{line}</li>" for line in lines) + "</ol>", lines)


def printed(files, name, body, lines=(), tables=()):
    path = files.add(f"chromium-{name}.pdf", lines, tables)
    style = "<meta charset=utf-8><style>body{font-size:12px}td,th{border:1px solid #000;padding:2px}</style>"
    with open(path + ".html", "w", encoding="utf-8") as page:
        page.write(style + body)
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--print-to-pdf={path}", path + ".html"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def by_examen(examen):
    def read(path):
        request = json.dumps({"Files": [{"Unix": list(os.fsencode(path))}]}) + "\n"
        answer = subprocess.run([examen, "extract-document"], input=request, capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)["Ok"]["Documents"][0]["Ok"]["text"]

    return read


def by_pdftotext(path):
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def by_pdfium(path):
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def plain(text):
    text = re.sub(r"[|*_`#\\]", " ", text)
    text = re.sub(r"\s-{3,}\s", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"\s-{3,}\s", " ", text)).strip()


def n_right(text, lines, tables):
    text, n, last = plain(text), 0, -1
    for line in lines:
        place = text.find(plain(line))
        n += place > last
        last = max(last, place)
    rows = [row for table in tables for row in table]
    return n + sum(plain(" ".join(row)) in text for row in rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--examen", required=True)
    parser.add_argument("--work", required=True)
    arguments = parser.parse_args()
    files = Files(os.path.abspath(arguments.work))
    os.makedirs(files.folder, exist_ok=True)
    for make in (reportlab, turned, letters, fpdf, chromium):
        make(files)
    readers = {"examen": by_examen(arguments.examen), "pdftotext": by_pdftotext, "pdfium": by_pdfium}
    right, seconds, n_all = dict.fromkeys(readers, 0), dict.fromkeys(readers, 0.0), 0
    print(f"{'file':36}", *(f"{name:>10}" for name in readers), "      of")
    for name, (lines, tables) in files.known.items():
        n, found = len(lines) + sum(map(len, tables)), []
        for reader, read in readers.items():
            start = time.monotonic()
            text = read(os.path.join(files.folder, name))
            seconds[reader] += time.monotonic() - start
            found.append(n_right(text, lines, tables))
            right[reader] += found[-1]
        n_all += n
        print(f"{name:36}", *(f"{n_found:10}" for n_found in found), f"{n:8}")
    shares = {reader: n / n_all for reader, n in right.items()}
    print(f"{'share':36}", *(f"{share:10.3f}" for share in shares.values()))
    print(f"{'seconds':36}", *(f"{time:10.1f}" for time in seconds.values()))
    if shares["examen"] < max(0.95, shares["pdftotext"], shares["pdfium"]):
        raise SystemExit("fewer lines and rows are right than the aim")


if __name__ == "__main__":
    main()

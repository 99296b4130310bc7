"""Makes the sample documents of this folder: `python3 make.py`. The same bytes every time."""

import zipfile
from pathlib import Path

HERE = Path(__file__).parent


def pdf(name, pages, outline=()):
    """A PDF of pages, each a list of (x, y, size, text) in Helvetica, WinAnsi encoded; with an outline of (title, page)."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R%s >>" % (b" /Outlines 4 0 R" if outline else b"")}
    objects[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    number = 5
    kids = []
    for page in pages:
        stream = b""
        for x, y, size, text in page:
            escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            stream += b"BT /F1 %d Tf 1 0 0 1 %d %d Tm (%s) Tj ET\n" % (size, x, y, escaped)
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1)
        )
        objects[number + 1] = b"<< /Length %d >>\nstream\n%sendstream" % (len(stream), stream)
        kids.append(number)
        number += 2
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    if outline:
        first, last = number, number + len(outline) - 1
        objects[4] = b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (first, last, len(outline))
        for place, (title, page) in enumerate(outline):
            near = b" /Prev %d 0 R" % (number - 1) if place else b""
            near += b" /Next %d 0 R" % (number + 1) if place < len(outline) - 1 else b""
            objects[number] = b"<< /Title (%s) /Parent 4 0 R%s /Dest [%d 0 R /Fit] >>" % (
                title.encode("cp1252"), near, kids[page],
            )
            number += 1
    out, places = b"%PDF-1.4\n", {}
    for key in sorted(objects):
        places[key] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (key, objects[key])
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for key in range(1, size):
        out += b"%010d 00000 n \n" % places[key] if key in places else b"0000000000 65535 f \n"
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    (HERE / name).write_bytes(out)


def archive(name, files):
    with zipfile.ZipFile(HERE / name, "w") as out:
        for path, text in files.items():
            info = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if path == "mimetype" else zipfile.ZIP_DEFLATED
            out.writestr(info, text)


XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
VND = "application/vnd.openxmlformats-officedocument"


def types(parts):
    overrides = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts.items())
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    return f'{XML}<Types xmlns="{TYPES}">{rels}<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'


def relations(targets):
    items = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{XML}<Relationships xmlns="{RELATIONS}">{items}</Relationships>'


def docx():
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    def paragraph(text, style=None):
        kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f'<w:p>{kind}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'

    def style(level):
        name = f'<w:name w:val="heading {level}"/><w:pPr><w:outlineLvl w:val="{level - 1}"/></w:pPr>'
        return f'<w:style w:type="paragraph" w:styleId="Heading{level}">{name}</w:style>'

    body = [
        paragraph("The heart", "Heading1"),
        paragraph("The heart pumps blood through the body. It beats about seventy times a minute at rest."),
        paragraph("Its chambers", "Heading2"),
        paragraph("It has four chambers: two atria and two ventricles."),
        "<w:tbl><w:tr><w:tc>" + paragraph("Chamber") + "</w:tc><w:tc>" + paragraph("Side") + "</w:tc></w:tr>"
        "<w:tr><w:tc>" + paragraph("Left ventricle") + "</w:tc><w:tc>" + paragraph("left") + "</w:tc></w:tr></w:tbl>",
    ]
    archive("heart.docx", {
        "[Content_Types].xml": types({
            "/word/document.xml": f"{VND}.wordprocessingml.document.main+xml",
            "/word/styles.xml": f"{VND}.wordprocessingml.styles+xml",
        }),
        "_rels/.rels": relations([("officeDocument", "word/document.xml")]),
        "word/_rels/document.xml.rels": relations([("styles", "styles.xml")]),
        "word/styles.xml": f'{XML}<w:styles xmlns:w="{w}">{style(1)}{style(2)}</w:styles>',
        "word/document.xml": f'{XML}<w:document xmlns:w="{w}"><w:body>{"".join(body)}</w:body></w:document>',
    })


def pptx():
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    names = f'xmlns:p="{p}" xmlns:a="{a}" xmlns:r="{OFFICE}"'

    def shape(number, kind, texts):
        paragraphs = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
        place = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>'
        return (
            f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{kind}"/><p:cNvSpPr/>{place}</p:nvSpPr><p:spPr/>'
            f"<p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
        )

    def slide(title, texts):
        group = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        shapes = shape(2, "title", [title]) + shape(3, "body", texts)
        return f"{XML}<p:sld {names}><p:cSld><p:spTree>{group}{shapes}</p:spTree></p:cSld></p:sld>"

    slides = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in (1, 2))
    archive("bones.pptx", {
        "[Content_Types].xml": types({
            "/ppt/presentation.xml": f"{VND}.presentationml.presentation.main+xml",
            "/ppt/slides/slide1.xml": f"{VND}.presentationml.slide+xml",
            "/ppt/slides/slide2.xml": f"{VND}.presentationml.slide+xml",
        }),
        "_rels/.rels": relations([("officeDocument", "ppt/presentation.xml")]),
        "ppt/_rels/presentation.xml.rels": relations([("slide", "slides/slide1.xml"), ("slide", "slides/slide2.xml")]),
        "ppt/presentation.xml": f"{XML}<p:presentation {names}><p:sldIdLst>{slides}</p:sldIdLst></p:presentation>",
        "ppt/slides/slide1.xml": slide("Los huesos", ["El cuerpo adulto tiene 206 huesos.", "El fémur es el más largo."]),
        "ppt/slides/slide2.xml": slide("La médula", ["La médula ósea roja forma la sangre."]),
    })


def epub():
    def chapter(title, text):
        head = f"<head><title/></head><body><h1 id='t'>{title}<a id='x'/></h1><p>{text}</p></body>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml">{head}</html>'

    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in (1, 2))
    nav = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    metadata = (
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">examen-sample</dc:identifier>'
        '<dc:title>On cells</dc:title><dc:language>en</dc:language><meta property="dcterms:modified">2026-01-01T00:00:00Z'
        "</meta></metadata>"
    )
    spine = '<spine><itemref idref="c1"/><itemref idref="c2"/></spine>'
    links = '<li><a href="c1.xhtml">The cell</a></li><li><a href="c2.xhtml">Its nucleus</a></li>'
    archive("cells.epub", {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<?xml version="1.0"?><container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book.opf" '
        'media-type="application/oebps-package+xml"/></rootfiles></container>',
        "book.opf": '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        f'unique-identifier="id">{metadata}<manifest>{nav}{items}</manifest>{spine}</package>',
        "nav.xhtml": '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><ol>{links}</ol></nav></body></html>',
        "c1.xhtml": chapter("The cell", "A cell is the smallest unit of life. It is bounded by a membrane."),
        "c2.xhtml": chapter("Its nucleus", "The nucleus holds the DNA of the cell."),
    })


def page(number, lines):
    """A page with a running header and a page number, and lines of text (a size for headings)."""
    drawn, y = [(72, 800, 9, "Apuntes de anatom´ia"), (290, 40, 9, str(number))], 740
    for line in lines:
        size, text = line if isinstance(line, tuple) else (11, line)
        y -= 28 if size > 11 else 14
        drawn.append((72, y, size, text))
    return drawn


pdf("corazon.pdf", [
    page(1, [
        (16, "1 El coraz´on"),
        "El coraz´on bombea la sangre por todo el cuerpo. Late unas setenta veces",
        "por minuto en reposo. Est´a en el t´orax, entre los dos pulmones, y pesa unos",
        "trescientos gramos en una persona adulta. Cada d´ia bombea unos siete mil li-",
    ]),
    page(2, [
        "tros de sangre. El miocardio es el m´usculo del coraz´on.",
        (16, "2 Las v´alvulas"),
        "Cuatro v´alvulas impiden que la sangre vuelva atr´as. La mitral tiene dos",
        "valvas; las dem´as tienen tres. Los ni˜nos y los ping¨uinos tambi´en las tienen.",
    ]),
    page(3, [
        (16, "3 Los vasos"),
        "Las arterias llevan la sangre desde el coraz´on; las venas la devuelven a ´el.",
        "Los capilares unen las unas con las otras.",
    ]),
], [("El corazón", 0), ("Las válvulas", 1), ("Los vasos", 2)])
pdf("scanned.pdf", [[], []])
(HERE / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n")
docx()
pptx()
epub()
(HERE / "lung.html").write_text("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>The lung - A manual</title><style>p { margin: 0 }</style></head>
<body><div class="navheader"><a href="index.html">Home</a> <a href="heart.html">Previous</a></div>
<h1>The lung</h1><p>The lung takes in <em>oxygen</em> and gives off carbon dioxide, see <a href="gas.html">gases</a>.</p>
<h2>Its parts</h2><p>The right lung has three lobes, the left one has two.</p>
<div class="navfooter"><a href="bones.html">Next: bones</a></div><script>track();</script></body></html>
""", encoding="utf-8")
(HERE / "rows.jsonl").write_text(
    '{"id": 1, "title": "Kidneys", "text": "The kidneys filter the blood about forty times a day."}\n'
    '{"id": 2, "title": null, "text": "The liver makes bile, which the gallbladder stores."}\n', encoding="utf-8")

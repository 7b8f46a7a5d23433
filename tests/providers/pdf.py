"""Small PDF files, written by hand so that each test says what is in its own."""

from __future__ import annotations

#: One page's content: text from the top left corner, 72 units in, 20 units a line.
Lines = list[str]


def make_pdf(*pages: Lines, rotate: int = 0, picture: bool = False, encrypt: bool = False) -> bytes:
    """A PDF of 600 x 800 units a page in Helvetica; ``picture`` puts a grey square below."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    objects.append(
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray"
        " /BitsPerComponent 8 /Length 1 >>\nstream\n@\nendstream"
    )
    kids = []
    for lines in pages:
        show = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
        content = f"BT /F 16 Tf 72 720 Td {show} ET" + " q 9 0 0 9 72 72 cm /I Do Q" * picture
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Rotate {rotate}"
            f" /Resources << /Font << /F 3 0 R >> /XObject << /I 4 0 R >> >>"
            f" /Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    trailer = f"/Root 1 0 R /Size {len(objects) + 1}"
    if encrypt:
        # Hashes that no password fits: the empty one, which readers try first, neither.
        secret = "00" * 32
        trailer += f" /ID [<{secret}> <{secret}>]"
        trailer += f" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{secret}> /U <{secret}> >>"
    return _assemble(objects, trailer)


def _assemble(objects: list[str], trailer: str) -> bytes:
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer << {trailer} >>\n"
    return data + tail.encode() + f"startxref\n{len(data)}\n%%EOF\n".encode()

"""What is no photo at all."""

from tests.service.corpus.case import Case, file, picture

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'


def cases() -> list[Case]:
    """All of them."""
    foreign = {
        "one byte": b"\xff",
        "text": "Grüße".encode(),
        "a page": b"<!doctype html><script>alert(1)</script>",
        "SVG": _SVG,
        "GIF": file(picture(), "GIF"),
        "GIF header and a JPEG": b"GIF89a" + file(picture(), "JPEG"),
        "TIFF": file(picture(), "TIFF"),
        "BMP": file(picture(), "BMP"),
        "ICO": file(picture(), "ICO"),
        "JPEG 2000": file(picture(), "JPEG2000"),
        "AVIF": file(picture(), "AVIF"),
        "PDF": file(picture(), "PDF"),
        "PostScript": file(picture(), "EPS"),
        "zip": b"PK\3\4" + bytes(30),
        "ELF": b"\x7fELF" + bytes(60),
        "a movie": bytes((0, 0, 0, 24)) + b"ftypmp42" + bytes(12),
        "nothing but zeros": bytes(4096),
        "RIFF that is sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(30),
    }
    return [
        Case("an empty file", b"", "empty_image"),
        *(Case(name, data, "not_an_image") for name, data in foreign.items()),
    ]

"""Bodies that are no good form, or an odd one: what is sent, and the code that comes back; None where a photo does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.service.corpus.case import file, picture

PHOTO = file(picture(), "PNG")
CHANGE = b'{"Smiling": true}'
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


@dataclass(frozen=True)
class Sent:
    """A request's body.

    Attributes:
        name: says what is wrong or odd.
        body: whole, or in pieces of no announced length.
        expected: the error's code; None where the photo is edited.
        headers: of the request.
    """

    name: str
    body: bytes | tuple[bytes, ...]
    expected: str | None
    headers: Mapping[str, str] = field(default_factory=lambda: MULTIPART)

    def content(self) -> bytes | Iterator[bytes]:
        """As httpx takes it."""
        return self.body if isinstance(self.body, bytes) else iter(self.body)


def part(disposition: bytes, body: bytes, more: bytes = b"") -> bytes:
    """A part of a form, its disposition as given."""
    return b"--b\r\nContent-Disposition: " + disposition + b"\r\n" + more + b"\r\n" + body + b"\r\n"


def image(body: bytes = PHOTO, name: bytes = b'name="image"', filename: bytes = b'filename="me.png"') -> bytes:
    """The photo's part."""
    return part(b"form-data; " + name + b"; " + filename, body, b"Content-Type: image/png\r\n")


def text(body: bytes, name: bytes = b"attributes") -> bytes:
    """A field."""
    return part(b'form-data; name="' + name + b'"', body)


def form(*parts: bytes) -> bytes:
    """A form of these parts."""
    return b"".join(parts) + b"--b--\r\n"


GOOD = form(image(), text(CHANGE))


def cases() -> list[Sent]:
    """All of them."""
    return [*_names(), *_boundaries(), *_parts(), *_many(), *_changes()]


def _names() -> list[Sent]:
    odd = {
        "a path": b'filename="../../etc/passwd"',
        "a NUL": b'filename="a\0b.jpg"',
        "no UTF-8": b'filename="\xff\xfe.jpg"',
        "64 KiB": b'filename="' + b"a" * 3000 + b'.jpg"',
        "another ending": b'filename="virus.exe"',
        "two dispositions": b"filename=\"a.jpg\"; filename*=UTF-8''b%00.jpg",
    }
    types = [
        b"text/html",
        b"application/x-www-form-urlencoded",
        b"image/svg+xml",
        b"multipart/mixed; boundary=b",
        b"\xff",
    ]
    typed = (
        part(b'form-data; name="image"; filename="x"', PHOTO, b"Content-Type: " + kind + b"\r\n") for kind in types
    )
    return [
        *(
            Sent(f"a file's name that is {name}", form(image(filename=value), text(CHANGE)), None)
            for name, value in odd.items()
        ),
        *(
            Sent(f"a photo of type {kind!r}", form(sent, text(CHANGE)), None)
            for kind, sent in zip(types, typed, strict=True)
        ),
        Sent(
            "a photo without a file's name",
            form(part(b'form-data; name="image"', b"me"), text(CHANGE)),
            "invalid_request",
        ),
        Sent("a field's name with a NUL", form(image(name=b'name="image\0"'), text(CHANGE)), "invalid_request"),
        Sent("a field's name that is no UTF-8", form(image(), text(CHANGE), text(b"x", b"\xff\xfe")), None),
        Sent("a field's name of 60 KB", form(image(), text(CHANGE), text(b"x", b"n" * 60_000)), "malformed_request"),
        Sent("a field without a name", form(image(), text(CHANGE), part(b"form-data", b"x")), "malformed_request"),
        Sent("a part without a disposition", form(image(), text(CHANGE), b"--b\r\n\r\nx\r\n"), "malformed_request"),
    ]


def _boundaries() -> list[Sent]:
    def sent(name: str, boundary: str, expected: str | None = "malformed_request", body: bytes = GOOD) -> Sent:
        return Sent(name, body, expected, {"Content-Type": f"multipart/form-data{boundary}"})

    return [
        sent("no boundary", ""),
        sent("an empty boundary", "; boundary="),
        sent("another boundary than it says", "; boundary=c"),
        sent("a boundary of 10 KB", "; boundary=" + "b" * 10_000),
        sent("a boundary in quotes", '; boundary="b"', None),
        sent("a character set that there is not", "; boundary=b; charset=klingon"),
        sent("a character set that always fails", "; boundary=b; charset=undefined"),
        sent("a character set that takes seconds", "; boundary=b; charset=punycode"),
        sent("its character set", "; boundary=b; charset=UTF-8", None),
        sent("line feeds alone", "; boundary=b", "malformed_request", GOOD.replace(b"\r\n", b"\n")),
        sent("something in front of the first boundary", "; boundary=b", "malformed_request", b"hello\r\n" + GOOD),
        sent("something behind the last boundary", "; boundary=b", None, GOOD + b"goodbye" * 99),
        sent("an empty body", "; boundary=b", "malformed_request", b""),
        sent("a last boundary alone", "; boundary=b", "invalid_request", b"--b--\r\n"),
        Sent("no form's type", GOOD, "invalid_request", {}),
        Sent("another form's type", GOOD, "invalid_request", {"Content-Type": "multipart/mixed; boundary=b"}),
        Sent(
            "a URL-encoded form",
            b"image=x&attributes=y",
            "invalid_request",
            {"Content-Type": "application/x-www-form-urlencoded"},
        ),
        Sent("JSON", b'{"image": "x"}', "invalid_request", {"Content-Type": "application/json"}),
        Sent("an image for a body", PHOTO, "invalid_request", {"Content-Type": "image/png"}),
        Sent("a form that claims to be packed", GOOD, None, {**MULTIPART, "Content-Encoding": "gzip"}),
    ]


def _parts() -> list[Sent]:
    nested = b"--c\r\nContent-Disposition: file; filename=a\r\n\r\n" + PHOTO + b"\r\n--c--"
    mixed = part(b'form-data; name="image"; filename="a"', nested, b"Content-Type: multipart/mixed; boundary=c\r\n")
    coded = part(b'form-data; name="image"; filename="a"', b"iVBORw0KGgo=", b"Content-Transfer-Encoding: base64\r\n")
    cut = len(image()) - 20
    return [
        Sent("a form in a form", form(mixed, text(CHANGE)), "not_an_image"),
        Sent("a photo in Base64", form(coded, text(CHANGE)), "not_an_image"),
        Sent("two photos", form(image(), image(), text(CHANGE)), "malformed_request"),
        Sent("a photo and a text for a photo", form(image(), text(b"x", b"image"), text(CHANGE)), "invalid_request"),
        Sent("the change twice", form(image(), text(b"nonsense"), text(CHANGE)), None),
        Sent(
            "the change as a file",
            form(image(), part(b'form-data; name="attributes"; filename="a"', CHANGE)),
            "malformed_request",
        ),
        Sent("no photo", form(text(CHANGE)), "invalid_request"),
        Sent("an empty photo", form(image(b""), text(CHANGE)), "empty_image"),
        Sent("no change", form(image()), "invalid_request"),
        Sent("a body that ends inside the photo", image()[:cut], "malformed_request"),
        Sent("a body that ends inside a part's head", GOOD + image()[:30], None),
        Sent("a body that ends before its last boundary", image() + text(CHANGE), "malformed_request"),
        Sent("a body of no announced length", (GOOD[:50], GOOD[50:51], b"", GOOD[51:]), None),
        Sent("a body byte by byte", tuple(bytes((byte,)) for byte in GOOD), None),
    ]


def _many() -> list[Sent]:
    heads = b"".join(b"X-%d: y\r\n" % number for number in range(5000))
    return [
        Sent(
            "five thousand fields", form(image(), text(CHANGE), *(text(b"x") for _ in range(5000))), "malformed_request"
        ),
        Sent(
            "two hundred empty files",
            form(image(), *(image(b"", b'name="x"') for _ in range(200))),
            "malformed_request",
        ),
        Sent(
            "a part with five thousand headers",
            form(part(b'form-data; name="image"; filename="a"', PHOTO, heads)),
            "malformed_request",
        ),
        Sent("a part with a header of 500 KB", form(part(b"form-data; " + b"x" * 500_000, b"")), "malformed_request"),
        Sent("a field of 500 KB", form(image(), text(CHANGE), text(b"x" * 500_000, b"format")), "malformed_request"),
        Sent("half a megabyte of boundaries", b"--b\r\n" * 100_000, "malformed_request"),
        Sent("a photo of two megabytes", form(image(PHOTO + bytes(2**21)), text(CHANGE)), "image_too_many_bytes"),
    ]


def _changes() -> list[Sent]:
    wrong: dict[str, tuple[bytes, str]] = {
        "that is empty": (b"", "invalid_request"),
        "that is no UTF-8": (b'{"\xff": true}', "unknown_attribute"),
        "with a NUL": (b'{"Smiling\0": true}', "invalid_attributes"),
        "with an escaped NUL": (rb'{"Smiling\u0000": true}', "unknown_attribute"),
        "with half a character": (rb'{"\ud800": true}', "invalid_attributes"),
        "with a mark of order": (b"\xef\xbb\xbf" + CHANGE, "invalid_attributes"),
        "nested 30,000 times": (b"[" * 30_000 + b"]" * 30_000, "invalid_attributes"),
        "nested in itself": (b'{"Smiling":' * 5000 + b"true" + b"}" * 5000, "invalid_attributes"),
        "that is no number": (b'{"Smiling": NaN}', "invalid_attributes"),
        "of a large number": (b'{"Smiling": ' + b"9" * 10_000 + b"}", "invalid_attributes"),
        "of three thousand names": (
            b"{" + b",".join(b'"a%d": true' % number for number in range(3000)) + b"}",
            "unknown_attribute",
        ),
    }
    return [
        *(Sent(f"a change {name}", form(image(), text(body)), code) for name, (body, code) in wrong.items()),
        Sent("a format that there is not", form(image(), text(CHANGE), text(b"../png", b"format")), "invalid_request"),
        Sent("a format with a NUL", form(image(), text(CHANGE), text(b"png\0", b"format")), "invalid_request"),
    ]

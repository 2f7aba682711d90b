"""What comes in: HEIC, colour profiles and modes, reduced JPEGs, and files that say more than they hold."""

import io
import struct
import subprocess
import sys
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from training import images
from training.images import ImageError, Limits
from training.images.formats import DEFAULT_LIMITS, MOST_SIDE
from training.images.headers import MOST_SCANS


def smooth(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """Soft colours, which survive lossy formats."""
    coarse = np.random.default_rng(seed).integers(30, 226, (4, 6, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def file(image: Image.Image, format: str, **options: Any) -> bytes:
    """The image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def heic(*pictures: Image.Image, primary: int = 0, orientation: int = 1) -> bytes:
    """A HEIC file of these pictures, stored so that `orientation` turns them upright."""
    exif, buffer = Image.Exif(), io.BytesIO()
    container = pillow_heif.from_pillow(pictures[0])
    exif[0x0112] = orientation
    for picture in pictures[1:]:
        container.add_from_pillow(picture)
    container.save(buffer, quality=95, chroma=444, primary_index=primary, exif=exif.tobytes())
    return buffer.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference in levels of 255; the sizes must agree."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def code(data: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    """Why `data` is refused."""
    with pytest.raises(ImageError) as caught:
        images.decode(data, limits)
    return caught.value.code


def test_a_heic_photo_is_read_and_comes_back_as_jpeg() -> None:
    data = heic(smooth())
    assert (images.sniff(data), images.result_format(data)) == ("heic", "jpeg")
    assert difference(images.decode(data), smooth()) < 3
    assert images.decode(data).info == {}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_photo_is_turned_once(orientation: int) -> None:
    """The file has both a box that turns it and an EXIF tag that says the same, as phones write them."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = images.decode(file(smooth(), "PNG", exif=exif))
    turned = heic(smooth(), orientation=orientation)
    assert difference(images.decode(turned), upright) < 3
    assert images.measure(turned) == upright.size


def test_of_several_pictures_in_a_heic_file_the_primary_one_is_taken() -> None:
    assert difference(images.decode(heic(smooth(), smooth(80, 80, 1), primary=1)), smooth(80, 80, 1)) < 3


def test_a_heic_sequence_is_an_animation() -> None:
    data = heic(smooth())
    assert code(data[:8] + b"msf1" + data[12:]) == "animated_image"


def test_heic_limits_hold_before_decoding() -> None:
    data = heic(smooth())
    assert code(data[:600], Limits(max_pixels=6143)) == "image_too_many_pixels"
    assert code(data[:600], Limits(max_pixels=6144)) == "truncated_image"


def test_a_heic_photo_s_lie_about_its_size_is_not_believed() -> None:
    large, small = heic(Image.new("RGB", (1000, 800))), (64).to_bytes(4, "big") * 2
    claim = (1000).to_bytes(4, "big") + (800).to_bytes(4, "big")
    assert claim in large
    assert code(large.replace(claim, small)) == "truncated_image"


def test_a_heic_picture_laid_together_of_more_than_it_shows_is_refused() -> None:
    def claim(side: int) -> bytes:
        return b"ispe" + bytes(4) + side.to_bytes(4, "big") * 2

    buffer = io.BytesIO()
    pillow_heif.from_pillow(smooth(192, 192)).save(buffer, tile_size=64)
    data, limits = buffer.getvalue(), Limits(max_pixels=192 * 192)
    assert images.decode(data, limits).size == (192, 192)
    assert code(data.replace(claim(64), claim(180)), limits) == "image_too_complex"


@pytest.mark.parametrize("at_least", [(60, 60), (120, 160), (121, 160), (300, 20)])
def test_a_jpeg_is_decoded_no_larger_than_it_need_be(at_least: tuple[int, int]) -> None:
    data = file(smooth(1280, 960), "JPEG", quality=95)
    reduced = images.decode(data, at_least=at_least)
    scale = 1280 / reduced.width
    assert scale in (1, 2, 4, 8)
    assert reduced.size == (round(1280 / scale), round(960 / scale))
    assert reduced.height >= at_least[0]
    assert reduced.width >= at_least[1]
    assert scale == 8 or reduced.height < 2 * at_least[0] or reduced.width < 2 * at_least[1]
    assert difference(reduced, smooth(*reduced.size)) < 2
    assert images.measure(data) == (1280, 960)


def test_a_jpeg_that_lies_on_its_side_is_reduced_as_it_will_stand() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file(smooth(1280, 320), "JPEG", exif=exif)
    assert images.decode(data, at_least=(640, 160)).size == (160, 640)
    assert images.decode(data, at_least=(640, 161)).size == (320, 1280)


def swapping_profile() -> bytes:
    """A colour profile whose red is sRGB's blue, and the other way round."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    named = profile.replace("sRGB".encode("utf-16-be"), "mine".encode("utf-16-be"))
    return named.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"????", b"bXYZ", 1)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_colours_are_those_that_the_profile_means(format: str) -> None:
    options: dict[str, dict[str, Any]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    exact = options.get(format, {})
    photo = Image.new("RGB", (32, 32), (200, 60, 20))
    data = file(photo, format, icc_profile=swapping_profile(), **exact)
    assert difference(images.decode(data), Image.new("RGB", (32, 32), (20, 60, 200))) < 3
    assert images.decode(data).info == {}
    clear = file(photo.convert("RGBA"), format, icc_profile=swapping_profile(), **exact) if format != "JPEG" else data
    assert difference(images.decode(clear), Image.new("RGB", (32, 32), (20, 60, 200))) < 3


PROFILE = swapping_profile()


@pytest.mark.parametrize("profile", [b"nonsense", PROFILE[:200], PROFILE + b"mpet", PROFILE + bytes(2**20)])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_profile_that_cannot_be_used_is_left_aside(format: str, profile: bytes) -> None:
    plain = images.decode(file(smooth(), format))
    assert difference(images.decode(file(smooth(), format, icc_profile=profile)), plain) == 0


def grey_profile() -> bytes:
    """A profile of greys that are meant brighter than sRGB's: of gamma 1."""
    white = struct.pack(">4s4xiii", b"XYZ ", 63190, 65536, 54061)
    tags = {
        b"desc": struct.pack(">4s4xI83s", b"desc", 5, b"grey"),
        b"wtpt": white,
        b"kTRC": struct.pack(">4s8x", b"curv"),
    }
    place, table, bodies = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        table += struct.pack(">4sII", name, place + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    header = struct.pack(
        ">I4xI12s12x4s28xiii48x", place + len(bodies), 0x02100000, b"mntrGRAYXYZ ", b"acsp", *(63190, 65536, 54061)
    )
    return header + table + bodies


def test_a_profile_of_greys_holds_with_transparency_as_without() -> None:
    opaque, clear = (
        images.decode(file(Image.new(mode, (8, 8), shade), "PNG", icc_profile=grey_profile()))
        for mode, shade in (("L", 100), ("LA", (100, 255)))
    )
    assert difference(opaque, clear) == 0
    assert np.asarray(opaque).min() > 150


def test_a_profile_of_other_colours_than_the_photo_s_is_left_aside() -> None:
    grey = smooth().convert("L")
    data = file(grey, "PNG", icc_profile=swapping_profile())
    assert difference(images.decode(data), grey.convert("RGB")) == 0


def test_every_value_of_a_16_bit_grey_png_is_kept_in_order() -> None:
    ramp = Image.fromarray(np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16))
    decoded = np.asarray(images.decode(file(ramp, "PNG")))
    assert (decoded.reshape(256, 3) == np.arange(256)[:, None]).all()


@pytest.mark.parametrize("mode", ["LA", "P"])
def test_what_is_clear_is_white(mode: str) -> None:
    clear = Image.new("LA", (4, 4), (0, 0)) if mode == "LA" else Image.new("P", (4, 4))
    options = {} if mode == "LA" else {"transparency": 0}
    assert images.decode(file(clear, "PNG", **options)).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("colour", [(0, 0, 0, 0), (0, 0, 0, 255), (255, 0, 0, 0)])
def test_cmyk_is_not_inverted(colour: tuple[int, int, int, int]) -> None:
    cyan, magenta, yellow, black = colour
    expected = [(255 - ink) * (255 - black) / 255 for ink in (cyan, magenta, yellow)]
    decoded = images.decode(file(Image.new("CMYK", (16, 16), colour), "JPEG", quality=100)).getpixel((8, 8))
    assert isinstance(decoded, tuple)
    assert np.abs(np.subtract(decoded, expected)).max() <= 4


def test_thousands_of_scans_are_refused_before_they_are_decoded() -> None:
    data = file(smooth(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert images.decode(data).size == (96, 64)
    assert code(data[:-2] + data[last:-2] * MOST_SCANS + b"\xff\xd9") == "image_too_complex"


@pytest.mark.parametrize("marker", [0x01, 0x02, 0xBF])
def test_scans_are_counted_behind_a_marker_that_has_no_length(marker: int) -> None:
    data = file(smooth(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert images.decode(data[:-2] + b"\xff\x01" + data[last:]).size == (96, 64)
    hidden = bytes((0xFF, marker, 0xFF, 0xFF)) + data[last:-2] * MOST_SCANS
    assert len(hidden) < 0xFFFF
    assert code(data[:-2] + hidden + bytes(0xFFFF) + b"\xff\xd9") == "image_too_complex"


def test_a_side_without_end_is_refused_however_few_pixels_there_are() -> None:
    assert images.decode(file(Image.new("L", (MOST_SIDE, 1)), "PNG")).size == (MOST_SIDE, 1)
    assert code(file(Image.new("L", (1, MOST_SIDE + 1)), "PNG")) == "image_too_many_pixels"


def test_importing_and_reading_leave_pillow_s_settings_alone() -> None:
    script = (
        "from PIL import Image; before = Image.MAX_IMAGE_PIXELS; import training.images;"
        "print(Image.MAX_IMAGE_PIXELS == before, 'HEIF' in Image.OPEN)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"

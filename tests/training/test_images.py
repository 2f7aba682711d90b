"""Photos come in whole and upright or are refused with a reason; edits keep a photo's size and sharpness."""

import contextlib
import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from training import images
from training.images import ImageError, Limits


def photo(width: int = 178, height: int = 218, seed: int = 0) -> Image.Image:
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 255, (height, width, 3), np.uint8))


def file(image: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("format", images.FORMATS)
def test_every_format_is_told_read_and_written(format: str) -> None:
    data = images.encode(photo(), format)
    assert images.sniff(data) == format
    assert images.decode(data).size == (178, 218)
    assert images.encode(photo(), format) == data


def test_lossless_formats_keep_every_pixel() -> None:
    assert np.array_equal(np.array(images.decode(images.encode(photo(), "png"))), np.array(photo()))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_image"),
        (b"hello, I am a text", "not_an_image"),
        (b"GIF89a" + bytes(50), "not_an_image"),
        (b"\xff\xd8\xff" + bytes(50), "truncated_image"),
        (b"\x89PNG\r\n\x1a\n", "truncated_image"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "truncated_image"),
    ],
)
def test_what_is_not_a_photo_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(ImageError) as caught:
        images.decode(data)
    assert caught.value.code == code
    assert "send" in str(caught.value)


@pytest.mark.parametrize("format", images.FORMATS)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_photo_is_refused(format: str, share: float) -> None:
    data = images.encode(photo(), format)
    with pytest.raises(ImageError) as caught:
        images.decode(data[: int(len(data) * share)])
    assert caught.value.code == "truncated_image"


@given(st.sampled_from(list(images.FORMATS)), st.data())
def test_a_damaged_photo_is_read_or_refused_but_never_crashes(format: str, draw: st.DataObject) -> None:
    data = bytearray(images.encode(photo(24, 24), format))
    for _ in range(8):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):  # any other error fails the test
        assert images.decode(bytes(data), Limits(max_pixels=10_000)).mode == "RGB"


def test_limits_hold_before_decoding() -> None:
    data = images.encode(photo(100, 50), "png")
    with pytest.raises(ImageError, match="larger than") as caught:
        images.decode(data, Limits(max_bytes=100))
    assert caught.value.code == "image_too_many_bytes"
    # The header alone is there: were a pixel decoded, this would be told as truncated.
    with pytest.raises(ImageError, match="100x50 is more than") as caught:
        images.decode(data[:60], Limits(max_pixels=4999))
    assert caught.value.code == "image_too_many_pixels"


def test_a_bomb_that_pillow_would_refuse_is_told_alike() -> None:
    data = bytearray(file(Image.new("1", (8, 8)), "PNG"))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(ImageError) as caught:
        images.decode(bytes(data))
    assert caught.value.code in ("image_too_many_pixels", "truncated_image")  # the header's checksum is wrong too


def test_several_frames_are_refused() -> None:
    data = file(photo(8, 8), "WEBP", save_all=True, append_images=[photo(8, 8, 1)])
    with pytest.raises(ImageError) as caught:
        images.decode(data)
    assert caught.value.code == "animated_image"


def test_a_phone_s_jpeg_with_a_preview_behind_it_is_its_first_frame() -> None:
    data = file(photo(16, 8), "MPO", save_all=True, append_images=[photo(8, 8, 1)])
    assert images.sniff(data) == "jpeg"
    assert images.decode(data).size == (16, 8)


def test_orientation_is_honoured_and_metadata_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"  # turn by 90 degrees; the maker
    decoded = images.decode(file(photo(40, 20), "JPEG", exif=exif, comment=b"where I live"))
    assert decoded.size == (20, 40)
    assert decoded.info == {}
    for format in images.FORMATS:
        again = images.encode(decoded, format)
        assert b"Camera" not in again
        assert b"where I live" not in again


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_other_colour_modes_become_rgb(mode: str) -> None:
    source = Image.new(mode, (8, 8)) if mode == "I;16" else photo(8, 8).convert(mode)
    format = "JPEG" if mode == "CMYK" else "PNG"
    assert images.decode(file(source, format)).mode == "RGB"


def grey16(**options: object) -> bytes:
    """A PNG of 16 bits: the left half 40 % grey, the right half 80 %."""
    values = np.repeat(np.array([[0x6666, 0xCCCC]], np.uint16), 4, axis=1).repeat(8, axis=0)
    return file(Image.fromarray(values), "PNG", **options)


def test_sixteen_bits_of_grey_are_read_with_a_profile_and_with_a_value_that_stands_for_nothing() -> None:
    plain = np.array(images.decode(grey16()))
    assert [tuple(plain[0, x]) for x in (0, 7)] == [(0x66,) * 3, (0xCC,) * 3]
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()  # of colours, so that it does not fit
    assert np.array_equal(np.array(images.decode(grey16(icc_profile=profile))), plain)
    see_through = np.array(images.decode(grey16(transparency=0x6666)))
    assert [tuple(see_through[0, x]) for x in (0, 7)] == [(255,) * 3, (0xCC,) * 3]
    assert np.array_equal(np.array(images.decode(grey16(transparency=0x6667))), plain)


@pytest.mark.parametrize(("format", "most"), [("jpeg", 65_500), ("webp", 16_383)])
def test_what_a_format_cannot_hold_is_told_with_one_that_can(format: str, most: int) -> None:
    images.encode(Image.new("RGB", (most, 1)), format)
    with pytest.raises(ImageError, match=f"at most {most} pixels; ask for png"):
        images.encode(Image.new("RGB", (1, most + 1)), format)
    assert images.decode(images.encode(Image.new("RGB", (1, most + 1)), "png")).size == (1, most + 1)


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    assert images.decode(file(clear, "PNG")).getpixel((0, 0)) == (255, 255, 255)


def test_tensors_hold_the_range_and_come_back() -> None:
    tensor = images.to_tensor(photo(72, 88), (88, 72))
    assert tensor.shape == (3, 88, 72)
    assert -1 <= tensor.min() < -0.9 < 0.9 < tensor.max() <= 1
    assert np.array_equal(np.array(images.to_image(tensor)), np.array(photo(72, 88)))


def test_pictures_are_the_nearest_bytes_and_come_back() -> None:
    pictures = torch.stack([images.picture_of(photo(72, 88)), images.picture_of(photo(72, 88)).flip(0)])
    tensors = images.to_tensors(pictures)
    assert torch.equal(images.to_pictures(tensors), pictures)
    assert torch.equal(images.to_pictures(tensors + 0.49 / 127.5), pictures)
    assert images.to_pictures(torch.full((1, 3, 2, 2), -1.2)).max() == 0
    assert images.to_pictures(torch.full((1, 3, 2, 2), 1.2)).min() == 255
    drawn = torch.randn(2, 3, 24, 40, generator=torch.Generator().manual_seed(0))
    assert torch.equal(images.to_pictures(drawn), images.levels(drawn).permute(0, 2, 3, 1))


def test_what_the_service_sees_is_what_training_saw_to_the_bit() -> None:
    every = np.arange(3 * 256, dtype=np.uint8).reshape(4, 64, 3)  # each value in each colour
    expected = images.normalise(torch.from_numpy(every).permute(2, 0, 1))
    assert torch.equal(images.to_tensors(torch.from_numpy(every)[None])[0], expected)


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_box_lies_in_the_photo_and_has_the_model_s_aspect(width: int, height: int) -> None:
    left, top, right, bottom = images.crop_box((width, height), (88, 72))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    if min(width, height) > 40:
        assert (right - left) / (bottom - top) == pytest.approx(72 / 88, rel=0.05)


def test_celeba_s_framing_is_not_cropped() -> None:
    assert images.crop_box((178, 218), (88, 72)) == (0, 0, 178, 218)


@pytest.mark.parametrize("size", [(178, 218), (640, 480), (300, 900), (72, 88)])
def test_no_difference_leaves_every_pixel(size: tuple[int, int]) -> None:
    view = np.array(images.resize(photo(*size), (88, 72)))
    assert np.array_equal(np.array(images.add_difference(photo(*size), view, view)), np.array(photo(*size)))


def test_a_difference_is_added_at_the_photo_s_resolution() -> None:
    grey = Image.new("RGB", (356, 436), (100, 100, 100))
    view = np.full((88, 72, 3), 128, np.uint8)
    edited = np.array(images.add_difference(grey, view, view + np.float32(25.6)))
    assert edited.shape == (436, 356, 3)
    assert (edited == 126).all()


def test_of_a_photo_of_the_model_s_size_its_output_is_the_result() -> None:
    before, after = np.array(photo(72, 88)), np.array(photo(72, 88))[::-1].copy()
    edited = images.add_difference(photo(72, 88), before, after)
    assert np.array_equal(np.array(edited), after)
    assert np.array_equal(np.array(images.add_difference(photo(72, 88), before, after.astype(np.float32))), after)


def test_an_edit_of_a_part_fades_towards_its_borders() -> None:
    wide = Image.new("RGB", (800, 218), (100, 100, 100))
    left, _, right, _ = images.crop_box(wide.size, (88, 72))
    view = np.full((88, 72, 3), 128, np.uint8)
    row = np.array(images.add_difference(wide, view, view + np.uint8(51)))[109, :, 0].astype(int)
    assert (row[:left] == 100).all()
    assert (row[right:] == 100).all()
    assert row[(left + right) // 2] == 151
    assert np.abs(np.diff(row)).max() <= 6


def test_an_unknown_output_format_is_told() -> None:
    with pytest.raises(ValueError, match="use jpeg, png, webp"):
        images.encode(photo(), "gif")

"""Contact sheets: many edits of one photo on one picture, each with a caption, as the paper's Fig. 4."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

GAP, CAPTION, FONT_SIZE = 4, 22, 14  # pixels
_PAPER, _INK = "white", "black"


@dataclass(frozen=True)
class Layout:
    """Where the pictures of a sheet are, in pixels: `columns` x `rows` tiles, and within each the same place.

    Attributes:
        tile: (width, height).
        picture: (left, top, width, height) within a tile.
    """

    columns: int
    rows: int
    tile: tuple[int, int]
    picture: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sheet."""
        return self.columns * self.tile[0], self.rows * self.tile[1]


def lay_out(count: int, picture: tuple[int, int]) -> Layout:
    """A layout for `count` pictures of the given (width, height): about as many columns as rows, more rather."""
    columns = math.ceil(math.sqrt(count))
    width, height = picture
    tile = (width + 2 * GAP, height + 2 * GAP + CAPTION)
    return Layout(columns, math.ceil(count / columns), tile, (GAP, GAP, width, height))


def draw_sheet(pictures: Sequence[Image.Image], captions: Sequence[str]) -> tuple[Image.Image, Layout]:
    """The sheet, and where its pictures are: row by row, in their order. All are as large as the first."""
    layout = lay_out(len(pictures), pictures[0].size)
    sheet = Image.new("RGB", layout.size, _PAPER)
    drawing, font = ImageDraw.Draw(sheet), ImageFont.load_default(FONT_SIZE)
    left, top, width, height = layout.picture
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(index, layout.columns)
        x, y = column * layout.tile[0] + left, row * layout.tile[1] + top
        sheet.paste(picture, (x, y))
        place = (x + width / 2, y + height + GAP + CAPTION / 2)
        drawing.text(place, _fitted(caption, font, width), _INK, font, anchor="mm")
    return sheet, layout


def _fitted(caption: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int) -> str:
    """The caption, its end cut off where it is wider than `width`."""
    if font.getlength(caption) <= width:
        return caption
    fits = (caption[:length].rstrip() + "…" for length in range(len(caption) - 1, 0, -1))
    return next((text for text in fits if font.getlength(text) <= width), "")

/** Where on a sheet of edits a picture is, as the background of a tile that shows it alone. */
import type { Sheet } from "../../api/photos";

export interface Background {
  backgroundSize: string;
  backgroundPosition: string;
  aspectRatio: string;
}

/** The picture of a place on the sheet, row by row; the first is the photo itself. */
export function tileOf(sheet: Omit<Sheet, "image">, place: number): Background {
  const { columns, rows, tile, picture } = sheet;
  const [width, height] = [columns * tile.width, rows * tile.height];
  const left = (place % columns) * tile.width + picture.left;
  const top = Math.floor(place / columns) * tile.height + picture.top;
  return {
    backgroundSize: `${(100 * width) / picture.width}% ${(100 * height) / picture.height}%`,
    backgroundPosition: `${share(left, width - picture.width)} ${share(top, height - picture.height)}`,
    aspectRatio: `${picture.width} / ${picture.height}`,
  };
}

function share(part: number, whole: number): string {
  return `${whole > 0 ? (100 * part) / whole : 0}%`;
}

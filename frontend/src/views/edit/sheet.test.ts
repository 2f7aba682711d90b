import { expect, test } from "vitest";
import { tileOf } from "./sheet";

const sheet = {
  columns: 4,
  rows: 3,
  tile: { width: 400, height: 534 },
  picture: { width: 392, height: 504, left: 4, top: 4 },
};

test("the first picture is in the upper left corner, within its margin", () => {
  const { backgroundPosition, aspectRatio } = tileOf(sheet, 0);
  expect(backgroundPosition).toBe(`${(100 * 4) / (1600 - 392)}% ${(100 * 4) / (1602 - 504)}%`);
  expect(aspectRatio).toBe("392 / 504");
});

test("the sheet is so large that a picture fills its tile", () => {
  expect(tileOf(sheet, 5).backgroundSize).toBe(`${160000 / 392}% ${160200 / 504}%`);
});

test("pictures go row by row", () => {
  const [x, y] = tileOf(sheet, 6).backgroundPosition.split(" ").map(Number.parseFloat);
  expect(x).toBeCloseTo((100 * 804) / (1600 - 392));
  expect(y).toBeCloseTo((100 * 538) / (1602 - 504));
});

test("a sheet of one picture without margins is shown whole", () => {
  const one = { width: 10, height: 10 };
  const alone = { columns: 1, rows: 1, tile: one, picture: { ...one, left: 0, top: 0 } };
  expect(tileOf(alone, 0).backgroundPosition).toBe("0% 0%");
});

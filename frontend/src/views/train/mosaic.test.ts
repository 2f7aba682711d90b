import { expect, test } from "vitest";
import { cellOf, columnsOf } from "./mosaic";

test("cells lie between gaps of two pixels", () => {
  // As make_grid of 3 x 2 pictures of 32 x 24 with padding 2.
  const picture = { width: 3 * 34 + 2, height: 2 * 26 + 2 };
  const shape = { columns: 3, rows: 2 };
  expect(cellOf(picture, shape, 0, 0)).toEqual({ x: 2, y: 2, width: 32, height: 24 });
  expect(cellOf(picture, shape, 2, 1)).toEqual({ x: 70, y: 28, width: 32, height: 24 });
});

test("hops follow the photo, chain by chain", () => {
  expect(columnsOf([["a"], ["b", "c"], ["d", "e", "f"]])).toEqual([[1], [2, 3], [4, 5, 6]]);
});

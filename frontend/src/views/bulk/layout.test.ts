import { expect, test } from "vitest";
import { GAP, layoutOf, moved } from "./layout";

test.each([288, 358, 1200, 1920])("tiles fill a width of %i exactly", (width) => {
  const { columns, side } = layoutOf(width);
  expect(columns * side + (columns - 1) * GAP).toBeCloseTo(width);
  expect(side).toBeGreaterThan(90);
});

test("a phone has three in a row", () => {
  expect(layoutOf(358).columns).toBe(3);
});

test.each([
  ["ArrowRight", 0, 1],
  ["ArrowLeft", 0, 0],
  ["ArrowDown", 1, 5],
  ["ArrowDown", 9, 9],
  ["ArrowUp", 5, 1],
  ["Home", 7, 0],
  ["End", 7, 9],
  ["a", 7, null],
])("%s leads from %i to %s", (key, from, expected) => {
  expect(moved(key, from, 4, 10)).toBe(expected);
});

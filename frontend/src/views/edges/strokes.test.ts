import { expect, test } from "vitest";
import { isEmpty, SIDE, scaled } from "./strokes";

const line = { paths: [{ x: 10, y: 20 }], strokeWidth: 4, drawMode: true };

test("a drawing is as large as the picture that is sent, whatever the pad's size", () => {
  const [on] = scaled([line], SIDE / 2, SIDE);
  expect(on?.paths).toEqual([{ x: 20, y: 40 }]);
  expect(on?.strokeWidth).toBe(8);
});

test("what was only erased is empty", () => {
  expect(isEmpty([])).toBe(true);
  expect(isEmpty([{ ...line, drawMode: false }])).toBe(true);
  expect(isEmpty([line])).toBe(false);
});

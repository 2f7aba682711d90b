import { expect, test } from "vitest";
import { PREVIEW, previewSize } from "./preview";

test("a phone's photo is reduced to a long side that a screen can show", () => {
  expect(previewSize(4000, 3000)).toEqual({ width: PREVIEW, height: (PREVIEW * 3) / 4 });
  expect(previewSize(3000, 4000)).toEqual({ width: (PREVIEW * 3) / 4, height: PREVIEW });
});

test("a small photo is left as it is, and a thin one keeps a pixel", () => {
  expect(previewSize(178, 218)).toEqual({ width: 178, height: 218 });
  expect(previewSize(100_000, 20)).toEqual({ width: PREVIEW, height: 1 });
});

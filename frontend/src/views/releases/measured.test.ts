import { expect, test } from "vitest";
import { measuredOf } from "./measured";

test("attributes have their values with intervals", () => {
  const text = JSON.stringify({
    attributes: { Smiling: { accuracy: 0.8, unedited: 0.1, count: 475 } },
    intervals: { attributes: { Smiling: { accuracy: [0.77, 0.84] } }, mean: {} },
  });
  expect(measuredOf(text)).toEqual([
    {
      attribute: "Smiling",
      metrics: { accuracy: { value: 0.8, low: 0.77, high: 0.84 } },
      unedited: 0.1,
    },
  ]);
});

test("a release that was never scored has none", () => expect(measuredOf("{}")).toEqual([]));

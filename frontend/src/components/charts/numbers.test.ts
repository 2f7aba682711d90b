import { expect, test } from "vitest";
import { percent, short } from "./numbers";

test("numbers keep three digits that count, and large ones all", () => {
  expect([0.031249, 4.508, 12300, 0, 250_000_000, 0.0000123].map(short)).toEqual([
    "0.0312",
    "4.51",
    "12,300",
    "0",
    "2.5e8",
    "1.2e-5",
  ]);
});

test("what is no number is a dash", () => {
  expect([null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map(short)).toEqual([
    "–",
    "–",
    "–",
    "–",
  ]);
});

test("shares are per cent", () => expect(percent(0.705)).toBe("70.5 %"));

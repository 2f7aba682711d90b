import { expect, test, vi } from "vitest";
import { keyOf } from "./idempotency";

test("an order keeps its key, and another of the same content has its own", () => {
  const order = { photos: 2 };
  expect(keyOf(order)).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf(order)).toBe(keyOf(order));
  expect(keyOf({ photos: 2 })).not.toBe(keyOf(order));
});

test("there are keys where the page is not served over HTTPS, too", () => {
  vi.spyOn(crypto, "randomUUID").mockImplementation(() => {
    throw new TypeError("crypto.randomUUID is not a function");
  });
  expect(keyOf({})).toMatch(/^[0-9a-f]{32}$/);
  vi.restoreAllMocks();
});

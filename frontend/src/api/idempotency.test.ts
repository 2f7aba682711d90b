import { expect, test } from "vitest";
import { keyOf } from "./idempotency";

test("an order keeps its key, and another of the same content has its own", () => {
  const order = { photos: 2 };
  expect(keyOf(order)).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf(order)).toBe(keyOf(order));
  expect(keyOf({ photos: 2 })).not.toBe(keyOf(order));
});

import { expect, test } from "vitest";
import type { Domain } from "../../api/bulk";
import { FIRST_CHOICES, orderOf, set, targetIn, withTarget } from "./choices";
import { NOTHING } from "./pile";

const hair = { exclusive: [["Black_Hair", "Blond_Hair"]] };
const faces = { ...hair, name: "faces", adjustable: true, aligns: true } as Domain;
const edges = { ...faces, name: "edges", adjustable: false, aligns: false } as Domain;

test("of attributes that exclude each other at most one is wanted", () => {
  const blond = set({ Black_Hair: true, Smiling: true }, hair, "Blond_Hair", true);
  expect(blond).toEqual({ Smiling: true, Blond_Hair: true });
  expect(set(blond, hair, "Blond_Hair", null)).toEqual({ Smiling: true });
  expect(set({ Smiling: true }, hair, "Smiling", false)).toEqual({ Smiling: false });
});

test("each domain keeps its own target", () => {
  const choices = withTarget(FIRST_CHOICES, faces, { Smiling: true });
  expect(targetIn(choices, faces)).toEqual({ Smiling: true });
  expect(targetIn(choices, edges)).toEqual({});
});

test("where results go as well is asked of a folder alone, with which it was chosen", () => {
  const choices = { ...FIRST_CHOICES, folder: "/photos", into: "/edited" };
  expect(orderOf(choices, faces, NOTHING).into).toBe("/edited");
  expect(orderOf({ ...choices, folder: null }, faces, NOTHING).into).toBe("");
});

test("of a domain only what it can do is asked", () => {
  const choices = { ...FIRST_CHOICES, strength: 0.5, aligned: true };
  expect(orderOf(choices, faces, NOTHING)).toMatchObject({ strength: 0.5, aligned: true });
  expect(orderOf(choices, edges, NOTHING)).toMatchObject({ strength: 1, aligned: false });
});

import { expect, test } from "vitest";
import type { Domain } from "../../api/photos";
import { axesOf, partners, strengthOf, strengthsAt, withAxes } from "./pad";
import { NOTHING } from "./settings";

const domain = {
  attributes: ["Black_Hair", "Blond_Hair", "Smiling", "Young"].map((name) => ({
    name,
    label: name.replace("_", " "),
    group: null,
  })),
  exclusive: [["Black_Hair", "Blond_Hair"]],
} as unknown as Domain;
const axes = axesOf(domain, { Black_Hair: true, Blond_Hair: false, Smiling: false, Young: true });
const axis = (name: string) => {
  const found = axes.find((each) => each.name === name);
  if (!found) throw new Error(`${name} can be changed`);
  return found;
};

test("an axis leads to what the photo is not", () => {
  expect(axes.map(({ label }) => label)).toEqual(["Blond Hair", "Smiling", "Young off"]);
});

test("an attribute does not go with itself, nor with what it excludes", () => {
  const hair = partners(axes, { name: "Black_Hair", value: true, label: "" }, domain);
  expect(hair.map(({ name }) => name)).toEqual(["Smiling", "Young"]);
  expect(partners(axes, axis("Young"), domain)).not.toContain(axis("Young"));
});

test("right and up are stronger, within the square", () => {
  expect(strengthsAt(0, 1)).toEqual([0, 0]);
  expect(strengthsAt(1, 0)).toEqual([2, 2]);
  expect(strengthsAt(0.5, 0.249)).toEqual([1, 1.5]);
  expect(strengthsAt(-3, 7)).toEqual([0, 0]);
});

test("a place sets both and leaves the rest alone", () => {
  const before = { ...NOTHING, wishes: { Black_Hair: true, Young: false } };
  const place = [
    [axis("Blond_Hair"), 0.5],
    [axis("Smiling"), 1.5],
  ] as const;
  const after = withAxes(before, place as never, domain);
  expect(after.wishes).toEqual({ Young: false, Blond_Hair: true, Smiling: true });
  expect(strengthOf(axis("Blond_Hair"), after)).toBe(0.5);
  expect(strengthOf(axis("Smiling"), before)).toBe(0);
});

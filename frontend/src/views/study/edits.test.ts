import { expect, test } from "vitest";
import type { Change } from "../../api/studies";
import { combined, editOptions, keyOf, labelOf } from "./edits";

const attributes = [
  { name: "Black_Hair", label: "Black hair", group: "hair" },
  { name: "Blond_Hair", label: "Blond hair", group: "hair" },
  { name: "Smiling", label: "Smiling", group: null },
];
const options = editOptions({ attributes, kind: "attributes" });

/** What is put together by choosing these, one after the other. */
function chosen(...labels: string[]): Change {
  const find = (label: string) => {
    const found = options.find((option) => option.label === label);
    if (!found) throw new Error(label);
    return found;
  };
  return labels.reduce<Change>((change, label) => combined(change, find(label), options), {});
}

test("an attribute can be set or cleared, one of a group or a folder only set", () => {
  const labels = (kind: "attributes" | "unpaired") =>
    editOptions({ attributes, kind }).map(({ label }) => label);
  expect(labels("attributes")).toEqual(["Black hair", "Blond hair", "Smiling", "Smiling: no"]);
  expect(labels("unpaired")).toEqual(["Black hair", "Blond hair", "Smiling"]);
});

test("an edit of several attributes has a name, and is the same in whatever order it is put together", () => {
  expect(labelOf(chosen("Smiling: no", "Blond hair"), options)).toBe("Blond hair + Smiling: no");
  expect(keyOf(chosen("Smiling", "Blond hair"))).toBe(keyOf(chosen("Blond hair", "Smiling")));
});

test("what excludes the last choice gives way to it, and choosing again takes it back", () => {
  expect(chosen("Smiling", "Black hair", "Blond hair")).toEqual({
    Smiling: true,
    Blond_Hair: true,
  });
  expect(chosen("Smiling", "Smiling: no")).toEqual({ Smiling: false });
  expect(chosen("Smiling", "Black hair", "Smiling")).toEqual({ Black_Hair: true });
});

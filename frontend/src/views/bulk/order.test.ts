import { describe, expect, test } from "vitest";
import { formOf, isZipped, missing, type Order } from "./order";
import { add, NOTHING } from "./pile";

const limits = { max_files: 2, max_photos: 9, max_bytes: 10_000, folders: true };
const { signal } = new AbortController();
const photos = (number: number) =>
  Array.from({ length: number }, (_, index) => new File(["x"], `${index}.jpg`));

function order(changes: Partial<Order> = {}): Order {
  return {
    ...{ domain: "faces", pile: add(NOTHING, photos(2)), folder: null, into: "" },
    ...{ target: { Smiling: true }, table: null, format: null, strength: 1, aligned: false },
    ...changes,
  };
}

describe("an order", () => {
  test("says what is missing until it can begin", () => {
    expect(missing(order({ pile: NOTHING }))).toContain("photos");
    expect(missing(order({ folder: " " }))).toContain("folder");
    expect(missing(order({ target: {} }))).toContain("change");
    expect(missing(order({ target: {}, table: new File(["x"], "t.csv") }))).toBeNull();
    expect(missing(order())).toBeNull();
  });

  test("names only what differs from how the service does it anyway", async () => {
    const form = await formOf(order(), limits, signal);
    expect([...form.keys()]).toEqual(["domain", "attributes", "images", "images"]);
    expect(form.get("attributes")).toBe('{"Smiling":true}');
    const all = order({ format: "png", strength: 0.5, aligned: true, into: "/out" });
    const more = await formOf(all, limits, signal);
    expect(["format", "strength", "aligned", "into"].map((name) => more.get(name))).toEqual([
      ...["png", "0.5", "true", "/out"],
    ]);
  });

  test("of more photos than a form carries goes as one zip", async () => {
    const many = order({ pile: add(NOTHING, photos(3)) });
    expect([isZipped(many, limits), isZipped(order(), limits)]).toEqual([true, false]);
    const form = await formOf(many, limits, signal);
    expect(form.getAll("images")).toEqual([]);
    expect((form.get("archive") as File).name).toBe("photos.zip");
  });

  test("of a folder brings no files", async () => {
    const form = await formOf(order({ folder: "/photos" }), limits, signal);
    expect([form.get("folder"), form.has("images")]).toEqual(["/photos", false]);
  });
});

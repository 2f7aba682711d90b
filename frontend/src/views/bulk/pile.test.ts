import { describe, expect, test } from "vitest";
import { add, bytesOf, isEmpty, NOTHING, refusal, remarks, size, without } from "./pile";

const limits = { max_files: 3, max_photos: 4, max_bytes: 1000, folders: false };

function file(name: string, bytes = 10, path?: string): File {
  const made = new File(["x".repeat(bytes)], name, { lastModified: 1 });
  return path ? Object.assign(made, { path }) : made;
}

const named = (pile: typeof NOTHING) => pile.photos.map(({ name }) => name);

describe("a pile of photos", () => {
  test("grows by what is dropped, each photo once, without what is none", () => {
    const first = add(NOTHING, [file("a.jpg"), file("notes.txt"), file(".DS_Store")]);
    expect(named(first)).toEqual(["a.jpg"]);
    expect(first.leftOut).toBe(1);
    expect(named(add(first, [file("a.jpg"), file("b.HEIC")]))).toEqual(["a.jpg", "b.HEIC"]);
  });

  test("names photos with their folders, so that two of one name stay two", () => {
    const pile = add(NOTHING, [file("1.jpg", 10, "/may/1.jpg"), file("1.jpg", 10, "./june/1.jpg")]);
    expect(named(pile)).toEqual(["may/1.jpg", "june/1.jpg"]);
  });

  test("is a zip alone, or photos alone: what comes last", () => {
    const photos = add(NOTHING, [file("a.jpg")]);
    const zip = add(photos, [file("all.zip", 20), file("b.jpg")]);
    expect([zip.archive?.name, zip.photos, zip.leftOut]).toEqual(["all.zip", [], 1]);
    expect(bytesOf(zip)).toBe(20);
    expect(add(zip, [file("c.png")]).archive).toBeNull();
  });

  test("keeps what it has when only other files are dropped", () => {
    const pile = add(add(NOTHING, [file("a.jpg")]), [file("notes.txt")]);
    expect(named(pile)).toEqual(["a.jpg"]);
  });

  test("can be made smaller", () => {
    const pile = add(NOTHING, [file("a.jpg")]);
    expect(pile.photos.map((photo) => isEmpty(without(pile, photo)))).toEqual([true]);
  });
});

test("what the service would refuse is told before it is sent", () => {
  const some = add(NOTHING, [file("a.jpg"), file("b.jpg")]);
  expect(refusal(some, limits)).toBeNull();
  expect(refusal(some, { ...limits, max_photos: 1 })).toContain("at most 1 photos");
  expect(refusal(some, { ...limits, max_bytes: 12 })).toContain("at most");
});

test("photos that are too large and files that are none are told of", () => {
  const pile = add(NOTHING, [file("a.jpg", 50), file("b.txt")]);
  expect(remarks(pile, 2 ** 20)).toEqual(["Not a photo: 1 file left out."]);
  expect(remarks(pile, 20)[0]).toContain("1 photo of more than");
});

test.each([
  [500, "0 KB"],
  [860_000, "840 KB"],
  [3.4 * 2 ** 20, "3.4 MB"],
  [120 * 2 ** 20, "120 MB"],
  [2 ** 30, "1 GB"],
])("%i bytes are told as %s", (bytes, expected) => {
  expect(size(bytes)).toBe(expected);
});

import { expect, test } from "vitest";
import type { Domain } from "../../api/photos";
import { downloadName, formatOf, photoOfFile, tooLarge } from "./photo";

const domain: Pick<Domain, "formats" | "max_bytes" | "max_pixels"> = {
  formats: ["jpeg", "png", "webp"],
  max_bytes: 2 * 2 ** 20,
  max_pixels: 12_000_000,
};
const file = (name: string, type: string, bytes = 3) =>
  photoOfFile(new File([new Uint8Array(bytes)], name, { type }));

test("the edit keeps the photo's format where the service writes it", () => {
  expect(formatOf(file("a.png", "image/png"), domain)).toBe("png");
  expect(formatOf(file("a.heic", "image/heic"), domain)).toBe("jpeg");
  expect(formatOf(file("a.png", "image/png"), undefined)).toBe("jpeg");
});

test("a file over the service's limit is refused before it is sent", () => {
  expect(tooLarge(file("a.jpg", "image/jpeg", 2 * 2 ** 20), null, domain)).toBeNull();
  expect(tooLarge(file("a.jpg", "image/jpeg", 2 * 2 ** 20 + 1), null, domain)).toContain("2 MB");
  const photo = file("a.jpg", "image/jpeg");
  expect(tooLarge(photo, { width: 4000, height: 3000 }, domain)).toBeNull();
  expect(tooLarge(photo, { width: 4001, height: 3000 }, domain)).toContain("12 megapixels");
});

test("the download says what it is", () => {
  const photo = file("Größe & Ähnlich.v2.JPG", "image/jpeg");
  expect(downloadName(photo, "Blond hair, Young off", "jpeg")).toBe(
    "größe-ähnlich-v2-blond-hair-young-off.jpg",
  );
});

test("two photos of one name are told apart, and a pasted one has a name", () => {
  expect(file("a.jpg", "image/jpeg").id).not.toBe(file("a.jpg", "image/jpeg").id);
  expect(file("", "image/png").name).toBe("Pasted photo");
});

import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { zipOf } from "./zip";

const { signal } = new AbortController();

test("a zip has its files as they are, and a directory that points at them", async () => {
  const photos = ["first", "second"].map((text, index) => ({
    file: new File([text], `${index}.jpg`, { lastModified: 1_700_000_000_000 }),
    name: `Übung/${index}.jpg`,
  }));
  const zip = new Uint8Array(await (await zipOf(photos, signal)).arrayBuffer());
  const view = new DataView(zip.buffer);
  const tail = zip.length - 22;
  expect(view.getUint32(tail, true)).toBe(0x06054b50);
  expect(view.getUint16(tail + 10, true)).toBe(2);

  let at = view.getUint32(tail + 16, true);
  const found = [0, 1].map(() => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const length = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + length));
    const start = view.getUint32(at + 42, true);
    expect(view.getUint32(start, true)).toBe(0x04034b50);
    const body = start + 30 + view.getUint16(start + 26, true);
    const text = new TextDecoder().decode(zip.subarray(body, body + view.getUint32(at + 24, true)));
    expect(view.getUint32(at + 16, true)).toBe(crc32(text));
    at += 46 + length;
    return [name, text];
  });
  expect(found).toEqual([
    ["Übung/0.jpg", "first"],
    ["Übung/1.jpg", "second"],
  ]);
  expect(at).toBe(tail);
});

test("whoever goes away is not waited for", async () => {
  const leaving = new AbortController();
  leaving.abort();
  const photo = { file: new File(["x"], "a.jpg"), name: "a.jpg" };
  await expect(zipOf([photo], leaving.signal)).rejects.toThrow();
});

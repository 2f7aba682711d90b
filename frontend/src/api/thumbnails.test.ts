import { expect, test } from "vitest";
import { Thumbnails } from "./thumbnails";

const { signal } = new AbortController();
const tick = () => new Promise((resolve) => setTimeout(resolve));
const picture = () => new Blob(["."]);

/** Thumbnails that are made when the test says so, and what of them was asked for. */
function gated(most: number, atOnce: number) {
  const asked: string[] = [];
  const gates: (() => void)[] = [];
  const thumbnails = new Thumbnails(
    (address) => {
      asked.push(address);
      return new Promise((resolve) => gates.push(() => resolve(picture())));
    },
    most,
    atOnce,
  );
  return { thumbnails, asked, open: () => gates.shift()?.() };
}

test("only a few are fetched at once, and the next begins when one is there", async () => {
  const { thumbnails, asked, open } = gated(10, 2);
  const first = thumbnails.get("a", signal);
  void thumbnails.get("b", signal);
  void thumbnails.get("c", signal);
  await tick();
  expect(asked).toEqual(["a", "b"]);
  open();
  await first;
  await tick();
  expect(asked).toEqual(["a", "b", "c"]);
});

test("no more than so many are kept, those that were shown last", async () => {
  const asked: string[] = [];
  const thumbnails = new Thumbnails(
    async (address) => {
      asked.push(address);
      return picture();
    },
    2,
    1,
  );
  for (const address of ["a", "b", "a", "c", "a", "b"]) await thumbnails.get(address, signal);
  expect(thumbnails.size).toBe(2);
  expect(asked).toEqual(["a", "b", "c", "b"]);
});

test("what was scrolled past while it waited is not fetched, and holds nobody up", async () => {
  const { thumbnails, asked, open } = gated(10, 1);
  const first = thumbnails.get("a", signal);
  const leaving = new AbortController();
  const passed = thumbnails.get("b", leaving.signal);
  void thumbnails.get("c", signal);
  leaving.abort();
  await tick();
  open();
  await first;
  await expect(passed).rejects.toThrow();
  await tick();
  expect(asked).toEqual(["a", "c"]);
});

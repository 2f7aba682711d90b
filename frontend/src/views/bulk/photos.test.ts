import { expect, test } from "vitest";
import type { JobItem } from "../../api/jobs";
import { begunAgain, neighbour, nothingOf, placesOf, withEnded } from "./photos";

function item(index: number, state: JobItem["state"] = "done"): JobItem {
  return { index, filename: `${index}.jpg`, state, error: null, result_url: null };
}

const some = withEnded(nothingOf(5), [item(3), item(1, "failed"), item(4)]);

test("photos arrive in any order and are shown in their own", () => {
  expect([some.done, some.failed]).toEqual([2, 1]);
  expect(placesOf(some, "all")).toEqual([0, 1, 2, 3, 4]);
  expect(placesOf(some, "done")).toEqual([3, 4]);
  expect(placesOf(some, "failed")).toEqual([1]);
});

test("what is told twice, as after a reconnect, changes nothing", () => {
  expect(withEnded(some, [item(3), item(1, "failed")])).toBe(some);
});

test("a second try forgets the failures alone, and may end otherwise", () => {
  const again = begunAgain(some);
  expect([again.done, again.failed]).toEqual([2, 0]);
  expect(withEnded(again, [item(1)]).done).toBe(3);
});

test("from photo to photo those that are not there yet are passed over", () => {
  const places = placesOf(some, "all");
  expect(neighbour(places, some, 1, 1)).toBe(3);
  expect(neighbour(places, some, 3, -1)).toBe(1);
  expect(neighbour(places, some, 1, -1)).toBe(1);
  expect(neighbour(places, some, 4, 1)).toBe(4);
});

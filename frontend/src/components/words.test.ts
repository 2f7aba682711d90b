import { expect, test } from "vitest";
import { plural, withoutGroup } from "./words";

test("numbers and their words agree", () => {
  const said = [1, 0, 1200].map((number) => plural(number, "vote"));
  expect(said).toEqual(["1 vote", "0 votes", "1,200 votes"]);
});

test("a group is not said twice", () => {
  const said = ["Black hair", "Bald"].map((label) => withoutGroup(label, "hair"));
  expect(said).toEqual(["Black", "Bald"]);
});

import { expect, test } from "vitest";
import { isHere, titleOf, viewOf } from "./places";

test.each([
  ["/", "/", true],
  ["/bulk", "/", false],
  ["/bulk/6f1c", "/bulk", true],
  ["/bulkhead", "/bulk", false],
])("at %s, %s is where one is: %s", (here, path, expected) => {
  expect(isHere(here, path)).toBe(expected);
});

test("the first part of an address is the view, and names the page", () => {
  expect(viewOf("/bulk/6f1c")).toBe("/bulk");
  expect(viewOf("/")).toBe("/");
  expect(titleOf("/bulk/6f1c")).toBe("Bulk");
  expect(titleOf("/edit/cats")).toBe("Edit");
});

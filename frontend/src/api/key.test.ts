import { beforeEach, expect, test } from "vitest";
import { askForKey, leaveKey, missKey, readKey, saveKey, whyKeyIsWanted } from "./key";

beforeEach(() => saveKey("old"));

test("what is refused for want of a key asks for one", () => {
  missKey("Send a key.");
  expect(whyKeyIsWanted()).toBe("Send a key.");
  saveKey("new");
  expect([whyKeyIsWanted(), readKey()]).toEqual([null, "new"]);
});

test("who has none at hand is not asked again until they want to enter one", () => {
  missKey("Send a key.");
  leaveKey();
  missKey("Send a key.");
  expect(whyKeyIsWanted()).toBeNull();
  askForKey("Send a key.");
  expect(whyKeyIsWanted()).toBe("Send a key.");
});

test("a key that was entered and ends is asked for anew", () => {
  leaveKey();
  saveKey("new");
  missKey("This API key is not valid.");
  expect(whyKeyIsWanted()).toBe("This API key is not valid.");
});

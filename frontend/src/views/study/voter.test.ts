import { expect, test } from "vitest";
import { voterOf } from "./voter";

function keeping(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (name: string) => kept[name] ?? null,
    setItem: (name: string, value: string) => {
      kept[name] = value;
    },
  };
}

test("a voter without a link of their own gets an id, and the same when they come back", () => {
  const keeper = keeping();
  const first = voterOf("t1", "", () => keeper);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(voterOf("t1", "", () => keeper)).toBe(first);
  expect(voterOf("t2", "", () => keeper)).not.toBe(first);
});

test("the id in the link counts before the one that is kept, unless it is none", () => {
  const keeper = keeping({ "init-study-t1": "kept-before" });
  expect(voterOf("t1", "?voter=from-my-phone", () => keeper)).toBe("from-my-phone");
  expect(keeper.kept["init-study-t1"]).toBe("from-my-phone");
  expect(voterOf("t1", "?voter=a/b", () => keeper)).toBe("from-my-phone");
});

test("a browser that keeps nothing can still vote", () => {
  const refusing = () => {
    throw new Error("storage is off");
  };
  expect(voterOf("t1", "?voter=from-my-phone", refusing)).toBe("from-my-phone");
  expect(voterOf("t1", "", refusing)).toMatch(/^[0-9a-f]{32}$/);
});

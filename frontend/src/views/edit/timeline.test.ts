import { expect, test } from "vitest";
import { begin, follow, type Step, type Timeline } from "./timeline";

const through = (...steps: Step<string>[]): Timeline<string> => steps.reduce(follow, begin("a"));
const set = (to: string, hand?: string): Step<string> => ({ type: "set", to, hand });
const undo = { type: "undo" } as const;
const redo = { type: "redo" } as const;

test("what was set is undone and done again, in order", () => {
  expect(through(set("b"), set("c"), undo).present).toBe("b");
  expect(through(set("b"), set("c"), undo, undo).present).toBe("a");
  expect(through(set("b"), set("c"), undo, undo, redo).present).toBe("b");
});

test("beyond the ends nothing happens", () => {
  expect(through(undo, undo).present).toBe("a");
  expect(through(set("b"), redo).present).toBe("b");
});

test("a new change forgets what was undone", () => {
  expect(through(set("b"), undo, set("c"), redo).present).toBe("c");
});

test("the moves of one slider are one step, until it is let go", () => {
  const moved = through(set("b", "s"), set("c", "s"), { type: "let go" }, set("d", "s"));
  expect(moved.past).toEqual(["a", "c"]);
  expect(through(set("b", "s"), set("c", "t")).past).toEqual(["a", "b"]);
});

import { expect, test } from "vitest";
import { changeOf, duration, named, stageStates, stagesOf, timeLeft } from "./words";

test("a job goes through what its options ask for", () => {
  expect(stagesOf({ embedding: true, int8: true })).toHaveLength(6);
  expect(stagesOf({ embedding: false, int8: false })).toEqual([
    "classifier",
    "training",
    "evaluation",
    "release",
  ]);
});

test("stages before the current one are done, and it is stopped where the job is", () => {
  const stages = stagesOf({ embedding: true, int8: false });
  expect(stageStates(stages, "training", "running")).toEqual([
    "done",
    "done",
    "now",
    "ahead",
    "ahead",
  ]);
  expect(stageStates(stages, "training", "cancelled")[2]).toBe("stopped");
  expect(stageStates(stages, "queued", "queued")).toEqual(stages.map(() => "ahead"));
  expect(stageStates(stages, "release", "succeeded")).toEqual(stages.map(() => "done"));
});

test("lengths of time are in the words that one would use", () => {
  expect([12, 300, 3600, 5400, 200_000].map(duration)).toEqual([
    "less than a minute",
    "5 min",
    "1 h",
    "1 h 30 min",
    "2 days",
  ]);
});

test("a hop is told by what it changes", () => {
  expect(changeOf(["Smiling", "Male"], ["Black_Hair", "Male"])).toBe("+ black hair − smiling");
  expect(changeOf(["Male"], ["Male"])).toBe("as it is");
  expect(named([])).toBe("none of the attributes");
});

test("the time left is a sentence", () => {
  expect([20, 600].map(timeLeft)).toEqual(["Less than a minute left.", "About 10 min left."]);
});

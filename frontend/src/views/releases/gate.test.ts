import { expect, test } from "vitest";
import { plainly, reasonsOf, wantsScores } from "./gate";

const END =
  ' To promote it all the same, send {"override": {"by": "your name", "why": "..."}} beside its name.';
const WORSE =
  "second is not promoted: accuracy 0.7 [0.68, 0.72] is worse than 0.8 [0.78, 0.82] of first. " +
  `frechet_resnet18 1.5 [1.4, 1.6] is worse than 1 [0.9, 1.1] of first.${END}`;
const UNSCORED =
  'v1.2 is not promoted: v1.2 has no score; POST /v1/jobs/evaluations with {"domain": "faces", "release": "v1.2"}.' +
  END;

test("a refusal's reasons are told apart, though numbers and names have points too", () => {
  expect(reasonsOf(WORSE, "second")).toEqual([
    "accuracy 0.7 [0.68, 0.72] is worse than 0.8 [0.78, 0.82] of first.",
    "frechet_resnet18 1.5 [1.4, 1.6] is worse than 1 [0.9, 1.1] of first.",
  ]);
  expect(wantsScores(reasonsOf(WORSE, "second"))).toBe(false);
});

test("what lacks a score is told without a request to type", () => {
  const reasons = reasonsOf(UNSCORED, "v1.2");
  expect(wantsScores(reasons)).toBe(true);
  expect(reasons.map(plainly)).toEqual(["v1.2 has no score: evaluate it first."]);
});

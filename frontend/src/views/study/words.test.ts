import { expect, test } from "vitest";
import {
  interval,
  keysText,
  percent,
  progressText,
  questionText,
  stateText,
  workText,
} from "./words";

test("shares are told as the paper's Table 2 has them, and what is not known as a dash", () => {
  expect(percent(63.678)).toBe("63.68%");
  expect(percent(null)).toBe("–");
  expect(interval(30, 90.32)).toBe("[30.0, 90.3]");
  expect(interval(null, null)).toBe("");
});

test("numbers and their words agree", () => {
  expect(workText(3, 2, 2)).toContain("12 pictures to prepare, and 6 questions");
});

test("a study that is being prepared says how far it is, what failed included", () => {
  const study = { state: "preparing", done: 3, failed: 1, pictures: 8 } as const;
  expect(stateText(study)).toBe("Preparing, 4 of 8 pictures");
});

test("a voter hears which question it is and what was wanted, and in the end thanks", () => {
  const next = { number: 7, edit: "Smiling", photo: "", choices: [] };
  const ballot = { question: "Which?", total: 4, voted: 1, last: 3, upcoming: [next] };
  expect(questionText(ballot)).toBe("Question 2 of 4. Wanted: Smiling.");
  expect(questionText({ ...ballot, voted: 4, upcoming: [] })).toContain("Thank you");
  expect(progressText({ voted: 4, total: 4 })).toBe("All 4 answered");
  expect([keysText(2), keysText(4)]).toEqual(["1 and 2", "1 to 4"]);
});

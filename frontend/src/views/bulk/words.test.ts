import { expect, test } from "vitest";
import type { JobDetail } from "../../api/jobs";
import { announcement, plain, savedName, standing, targetWords, timeLeft } from "./words";

function job(changes: Partial<JobDetail>): JobDetail {
  const fields = { state: "running", total: 2000, done: 1200, failed: 3, ahead: 0 } as JobDetail;
  return { ...fields, eta_seconds: 240, ...changes };
}

test("a job's line says where it stands", () => {
  expect(standing(job({}))).toBe("1,203 of 2,000 photos, about 4 min left");
  expect(standing(job({ eta_seconds: null }))).toBe("1,203 of 2,000 photos");
  expect(standing(job({ state: "queued", ahead: 2 }))).toBe("2 jobs before it");
  expect(standing(job({ state: "queued" }))).toBe("Its turn is next");
  expect(standing(job({ state: "cancelled" }))).toContain("what is done is kept");
  expect(standing(job({ state: "succeeded", total: 1, done: 1 }))).toBe("1 of 1 photo edited");
});

test.each([
  [null, ""],
  [4, "less than a minute left"],
  [61, "about 1 min left"],
  [9000, "about 3 h left"],
])("%s seconds are told as %s", (seconds, expected) => {
  expect(timeLeft(seconds)).toBe(expected);
});

test("what is wanted is told by the labels of the service, or by plain names", () => {
  const attributes = [{ name: "Bangs", label: "Fringe", group: null }];
  expect(targetWords({ Bangs: false, Black_Hair: true }, { attributes })).toBe(
    "Fringe off, Black hair",
  );
  expect(targetWords({}, undefined)).toBe("By a table");
  expect(plain("No_Beard")).toBe("No beard");
});

test("progress is read out at every tenth, and at the end what came of it", () => {
  expect(announcement(job({}))).toBe("60 percent of the photos are dealt with.");
  expect(announcement(job({ done: 1210 }))).toBe(announcement(job({})));
  expect(announcement(job({ state: "succeeded" }))).toBe("Done: 1,200 photos edited, 3 failed.");
});

test("a photo is saved under its own name", () => {
  expect(savedName("may/Aunt Mary.heic", "image/jpeg")).toBe("Aunt Mary-edited.jpg");
  expect(savedName("", "image/png")).toBe("photo-edited.png");
});

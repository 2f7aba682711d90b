import { expect, test } from "vitest";
import { inWords } from "./cron";

test.each([
  ["0 * * * *", "Every hour, 0 past"],
  ["0 3 * * *", "Every day at 03:00 UTC"],
  ["30 14 * * 0", "Every Sunday at 14:30 UTC"],
  ["30 14 * * 7", "Every Sunday at 14:30 UTC"],
  ["0 3 1 * *", "On day 1 of every month at 03:00 UTC"],
  ["*/5 * * * *", null],
  ["0 3 1 * 1", null],
  ["0 3 * *", null],
  ["nonsense", null],
])("%s: %s", (cron, words) => expect(inWords(cron)).toBe(words));

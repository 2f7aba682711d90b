import { expect, test } from "vitest";
import { whyNotReady } from "./photos";

test("where nothing is promoted the service says what to do, and what is being loaded is waited for", () => {
  const none = { reason: "No release of faces is promoted; run `make run`." };
  expect(whyNotReady([none]).message).toBe(none.reason);
  expect(whyNotReady([none, { reason: null }]).message).toContain("continues when it is");
});

import { afterEach, describe, expect, test, vi } from "vitest";
import { send } from "./client";
import { ApiError, canRetry, errorOf, UNREACHABLE } from "./errors";

afterEach(() => vi.unstubAllGlobals());

describe("an error answer", () => {
  test("is told in the service's own sentence", async () => {
    const error = { code: "not_an_image", message: "Send a JPEG.", request_id: "r1" };
    const told = await errorOf(Response.json({ error }, { status: 415 }));
    expect(told).toMatchObject({
      ...{ code: "not_an_image", message: "Send a JPEG." },
      status: 415,
    });
    expect(told.requestId).toBe("r1");
  });

  test.each([
    [413, "smaller"],
    [429, "busy"],
    [502, "make run"],
    [500, "500"],
  ])("without a body of ours (%i) still gets a sentence", async (status, words) => {
    const told = await errorOf(new Response("<html>", { status }));
    expect(told.message).toContain(words);
  });
});

test("no answer at all names the command that starts the service", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(send("/v1/domains", {})).rejects.toMatchObject({ message: UNREACHABLE, status: 0 });
});

test("an outdated request that was aborted is not reported as a failure of the service", async () => {
  const stop = new AbortController();
  stop.abort();
  const aborted = new DOMException("stopped", "AbortError");
  vi.stubGlobal("fetch", () => Promise.reject(aborted));
  await expect(send("/v1/domains", { signal: stop.signal })).rejects.toBe(aborted);
});

test.each([
  [0, true],
  [429, true],
  [503, true],
  [400, false],
  [415, false],
])("status %i can be tried again: %s", (status, expected) => {
  expect(canRetry(new ApiError("", "", status))).toBe(expected);
});

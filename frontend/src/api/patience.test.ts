import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { postForm, send, sendJson } from "./client";
import { waitingFor } from "./patience";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const error = { code: "rate_limited", message: "Try again after 7 s.", request_id: null };

/** A service that is busy so many times, and then answers. */
function busy(times: number, seconds = "7", status = 429) {
  const headers = { "Retry-After": seconds };
  const fetch = vi.fn(() =>
    Promise.resolve(
      fetch.mock.calls.length > times
        ? Response.json({ domains: [] })
        : Response.json({ error }, { status, headers }),
    ),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test.each([429, 503])(
  "a read that gets %i waits as long as it is told, and says so",
  async (status) => {
    const fetch = busy(2, "7", status);
    const answer = send("/v1/domains", {});
    await vi.advanceTimersByTimeAsync(6900);
    expect(waitingFor()).toBe(7);
    expect(fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(9000);
    expect((await answer).ok).toBe(true);
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(waitingFor()).toBeNull();
  },
);

test("an edit to look at is asked for again, and no more once it is outdated", async () => {
  const fetch = busy(9);
  const leaving = new AbortController();
  const answer = postForm("/v1/faces/translate", { format: "png" }, leaving.signal);
  await vi.advanceTimersByTimeAsync(8000);
  expect(fetch).toHaveBeenCalledTimes(2);
  leaving.abort();
  await expect(answer).rejects.toThrow("aborted");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetch).toHaveBeenCalledTimes(2);
  expect(waitingFor()).toBeNull();
});

test("what changes something is never sent again by itself", async () => {
  const fetch = busy(1);
  const answer = sendJson<"/v1/jobs/{job_id}/retry", "post">("post", "/v1/jobs/a/retry");
  await expect(answer).rejects.toThrow("Try again after 7 s.");
  expect(fetch).toHaveBeenCalledTimes(1);
});

test.each(["3600", "Wed, 21 Oct 2026 07:28:00 GMT"])(
  "a wait until %s is told, not waited for",
  async (seconds) => {
    busy(1, seconds);
    await expect(send("/v1/domains", {})).rejects.toThrow("Try again after 7 s.");
  },
);

test("who is refused again and again is told in the end", async () => {
  const fetch = busy(99, "1");
  const told = expect(send("/v1/domains", {})).rejects.toThrow("Try again");
  await vi.advanceTimersByTimeAsync(30_000);
  await told;
  expect(fetch).toHaveBeenCalledTimes(5);
});

import { afterEach, expect, test, vi } from "vitest";
import { type Told, watchEvents } from "./stream";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Answers of the service, one after the other; the headers that were sent. */
function answering(...answers: (Response | Error)[]): Headers[] {
  const sent: Headers[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    sent.push(new Headers(init.headers));
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error("asked too often");
  });
  return sent;
}

async function told(): Promise<Told[]> {
  vi.useFakeTimers();
  const events: Told[] = [];
  const { signal } = new AbortController();
  const isLast = ({ name }: Told) => name === "end";
  const watching = watchEvents("/v1/jobs/a/events", isLast, {
    signal,
    onEvent: (event) => events.push(event),
  });
  await vi.runAllTimersAsync();
  await watching;
  return events;
}

test("a connection that breaks goes on after the last event that arrived", async () => {
  const sent = answering(
    new Response('id: 7\nevent: photo\ndata: {"index":0}\n\n'),
    new TypeError("Failed to fetch"),
    new Response("event: end\ndata: {}\n\n"),
  );
  expect((await told()).map(({ name }) => name)).toEqual(["photo", "end"]);
  expect(sent.map((headers) => headers.get("Last-Event-ID"))).toEqual([null, "7", "7"]);
});

test("where all has been told before, nobody asks again", async () => {
  const sent = answering(new Response(null, { status: 204 }));
  expect(await told()).toEqual([]);
  expect(sent).toHaveLength(1);
});

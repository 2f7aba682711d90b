import { afterEach, expect, test, vi } from "vitest";
import { voterOf } from "./voter";

afterEach(() => vi.unstubAllGlobals());

function keeping(kept: Record<string, string> = {}): Record<string, string> {
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept[name] ?? null,
    setItem: (name: string, value: string) => {
      kept[name] = value;
    },
  });
  return kept;
}

test("a voter without a link of their own gets an id, and the same when they come back", () => {
  keeping();
  const first = voterOf("t1", "");
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(voterOf("t1", "")).toBe(first);
  expect(voterOf("t2", "")).not.toBe(first);
});

test("the id in the link counts before the one that is kept, unless it is none", () => {
  const kept = keeping({ "init-study-t1": "kept-before" });
  expect(voterOf("t1", "?voter=from-my-phone")).toBe("from-my-phone");
  expect(kept["init-study-t1"]).toBe("from-my-phone");
  expect(voterOf("t1", "?voter=a/b")).toBe("from-my-phone");
});

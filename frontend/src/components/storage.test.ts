import { afterEach, expect, test, vi } from "vitest";
import { keep, kept } from "./storage";

afterEach(() => vi.unstubAllGlobals());

test("what a browser refuses to keep lasts as long as the page", () => {
  const refuse = () => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  };
  vi.stubGlobal("sessionStorage", { getItem: refuse, setItem: refuse, removeItem: refuse });
  expect(kept("sessionStorage", "a")).toBeNull();
  keep("sessionStorage", "a", "1");
  expect(kept("sessionStorage", "a")).toBe("1");
  keep("sessionStorage", "a", null);
  expect(kept("sessionStorage", "a")).toBeNull();
});

test("a browser that is full keeps what it has, and the page the rest", () => {
  const full = () => {
    throw new DOMException("Full.", "QuotaExceededError");
  };
  vi.stubGlobal("localStorage", { getItem: () => "1", setItem: full });
  keep("localStorage", "b", "2");
  expect(kept("localStorage", "b")).toBe("2");
});

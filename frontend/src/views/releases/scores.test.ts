import { expect, describe as suite, test } from "vitest";
import type { Score } from "../../api/releases";
import {
  dropsOf,
  historyOf,
  kindOf,
  metricsOf,
  newestOf,
  place,
  rangeOf,
  referencesOf,
  toldWithInterval,
} from "./scores";

const metric = (value: number, half: number) => ({ value, low: value - half, high: value + half });

function score(id: number, release: string, reference: string, accuracy: number): Score {
  return {
    id,
    at: `2026-11-0${id}T03:00:00Z`,
    job: null,
    release,
    digest: release.repeat(8),
    metrics: { accuracy: metric(accuracy, 0.02) },
    reference,
    dropped: {},
  };
}

// The newest first, as the service lists them.
const scores = [
  score(4, "b", "two", 0.9),
  score(3, "a", "one", 0.7),
  score(2, "b", "one", 0.8),
  score(1, "a", "one", 0.6),
];

suite("scores", () => {
  test("compare on one reference, the newest of each release", () => {
    expect(referencesOf(scores)).toEqual(["two", "one"]);
    const newest = newestOf(scores, "one");
    expect([...newest.values()].map(({ id }) => id)).toEqual([3, 2]);
  });

  test("are told with their interval, shares in per cent", () => {
    expect(toldWithInterval(kindOf("accuracy"), metric(0.7, 0.02))).toBe("70.0 % [68.0, 72.0]");
    expect(toldWithInterval(kindOf("frechet_resnet18"), metric(6.66, 0.5))).toBe(
      "6.66 [6.16, 7.16]",
    );
  });

  test("have metrics that this page does not know, after those that it does", () => {
    const other = { ...score(5, "a", "one", 0.5) };
    other.metrics = { kid: metric(1, 0.1), ...other.metrics };
    expect(metricsOf([other]).map(({ name }) => name)).toEqual(["accuracy", "kid"]);
  });

  test("over time run forwards, a line a release, with how far their intervals reach", () => {
    const { rows, series } = historyOf(scores, "one", "accuracy");
    expect(series.map(({ label }) => label)).toEqual(["a", "b"]);
    expect(rows.map((row) => [row.a, row.b])).toEqual([
      [0.6, undefined],
      [undefined, 0.8],
      [0.7, undefined],
    ]);
    expect(rows[0]?.["a interval"]).toEqual([expect.closeTo(0.02), expect.closeTo(0.02)]);
  });

  test("that have dropped say from what to what", () => {
    const fallen = score(6, "a", "one", 0.5);
    fallen.dropped = { accuracy: { ...metric(0.7, 0.02), release: "b@0123456789ab" } };
    expect(dropsOf([fallen])).toEqual([
      "Accuracy of a is 50.0 % [48.0, 52.0]; it was 70.0 % [68.0, 72.0] of b.",
    ]);
  });
});

test("a range has room for every interval", () => {
  const range = rangeOf([metric(0.7, 0.02), metric(0.8, 0.02)]);
  expect(range.from).toBeLessThan(0.68);
  expect(place(0.68, range)).toBeGreaterThan(0);
  expect(place(0.82, range)).toBeLessThan(1);
  expect(rangeOf([metric(0, 0)])).toEqual({ from: -0.15, to: 0.15 });
});

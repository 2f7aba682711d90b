import { expect, describe as suite, test } from "vitest";
import {
  comparable,
  EMPTY,
  hasNoLogarithm,
  linesOf,
  overlay,
  type Point,
  smooth,
  termOf,
  withEvent,
} from "./log";

const losses = (step: number, terms: Record<string, number> = {}) => ({
  id: `${step}`,
  name: "losses",
  data: { step, terms },
});
const PLAIN = { smoothing: 0, log: false };

suite("events", () => {
  test("are gathered by what they tell of", () => {
    const log = [
      losses(1),
      { id: "2", name: "samples", data: { step: 1, url: "/a.jpg" } },
      { id: "3", name: "stage", data: { stage: "training" } },
    ].reduce(withEvent, EMPTY);
    expect(log.points).toHaveLength(1);
    expect(log.sheets).toEqual([{ step: 1, url: "/a.jpg" }]);
  });

  test("that are told again, from the start, change nothing", () => {
    const told = [losses(1), losses(2)];
    const log = told.reduce(withEvent, EMPTY);
    expect(told.reduce(withEvent, log)).toBe(log);
    expect([...told, losses(3)].reduce(withEvent, log).points.map(({ step }) => step)).toEqual([
      1, 2, 3,
    ]);
  });
});

suite("smoothing", () => {
  test("of weight 0 leaves the values, and of a constant leaves it from the first on", () => {
    expect(smooth([3, null, 5], 0)).toEqual([3, null, 5]);
    for (const value of smooth([2, 2, 2], 0.9)) expect(value).toBeCloseTo(2);
  });

  test("weighs what came before", () => {
    const [, second] = smooth([0, 1], 0.5);
    expect(second).toBeCloseTo(0.5 / 0.75);
  });
});

suite("lines", () => {
  const points: Point[] = [
    { step: 1, terms: { "generator/adversarial": -1, "generator/closeness": 2 } },
    { step: 2, terms: { "generator/adversarial": 1, "generator/closeness": 4 } },
  ];

  test("have a row a step, and what has no logarithm is left out of such a scale", () => {
    const terms = ["generator/adversarial"];
    expect(linesOf(points, terms, PLAIN).rows.map((row) => row["generator/adversarial"])).toEqual([
      -1, 1,
    ]);
    const drawn = linesOf(points, terms, { smoothing: 0, log: true });
    expect(drawn.rows.map((row) => row["generator/adversarial"])).toEqual([null, 1]);
    expect(hasNoLogarithm(points, terms)).toBe(true);
    expect(hasNoLogarithm(points, ["generator/closeness"])).toBe(false);
  });

  test("smoothed ones keep what they were", () => {
    const { series, rows } = linesOf(points, ["generator/closeness"], {
      smoothing: 0.5,
      log: false,
    });
    expect(series[0]?.raw).toBe("generator/closeness raw");
    expect(rows.map((row) => row["generator/closeness raw"])).toEqual([2, 4]);
  });

  test("a side's sum is offered where it has several terms", () => {
    expect(comparable([{ ...EMPTY, points }])[0]).toBe("generator/sum");
    expect(points.map((point) => termOf(point, "generator/sum"))).toEqual([1, 5]);
  });

  test("of several runs are joined by step", () => {
    const { rows, series } = overlay(
      [
        { id: "a", label: "A", points },
        { id: "b", label: "B", points: [{ step: 2, terms: { "generator/closeness": 7 } }] },
      ],
      "generator/closeness",
      PLAIN,
    );
    expect(series.map(({ label }) => label)).toEqual(["A", "B"]);
    expect(rows).toEqual([
      { x: 1, a: 2 },
      { x: 2, a: 4, b: 7 },
    ]);
  });
});

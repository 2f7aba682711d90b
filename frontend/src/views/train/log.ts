/** What a training has told of itself so far, from the events of its job, and the lines that charts draw of it. */
import type { Told } from "../../api/stream";
import type { Row, Series } from "../../components/charts/LineFigure";

export interface Point {
  step: number;
  terms: Readonly<Record<string, number>>;
}

export interface Sheet {
  step: number;
  url: string;
}

export interface MinedEnd {
  picture: string;
  table: string;
  weights: number[];
}

export interface Mined {
  step: number;
  most: MinedEnd;
  least: MinedEnd;
}

export interface RunLog {
  points: readonly Point[];
  sheets: readonly Sheet[];
  mined: readonly Mined[];
}

export const EMPTY: RunLog = { points: [], sheets: [], mined: [] };

const LISTS: Readonly<Record<string, keyof RunLog>> = {
  losses: "points",
  samples: "sheets",
  mined: "mined",
};

/** The log with an event; one that is known, as all are when they are told again from the start, changes nothing. */
export function withEvent(log: RunLog, { name, data }: Told): RunLog {
  const list = LISTS[name];
  if (!list) return log;
  const news = data as { step: number };
  const last = log[list].at(-1)?.step ?? -1;
  return news.step > last ? { ...log, [list]: [...log[list], news] } : log;
}

export const ESS = "aiw/effective_sample_size";

/** The terms of a side of the game, or of the weights: "generator", "discriminator", "aiw". */
export function termsOf(points: readonly Point[], group: string): string[] {
  const names = new Set(points.flatMap(({ terms }) => Object.keys(terms)));
  return [...names].filter((name) => name.startsWith(`${group}/`)).sort();
}

/** All terms of several runs, and the sum of each side, for who compares them. */
export function comparable(logs: readonly RunLog[]): string[] {
  const points = logs.flatMap((log) => log.points.slice(-1));
  return [
    ...["generator", "discriminator"].flatMap((side) => {
      const terms = termsOf(points, side);
      return terms.length > 1 ? [`${side}/sum`, ...terms] : terms;
    }),
    ...termsOf(points, "aiw"),
  ];
}

export function termOf({ terms }: Point, name: string): number | null {
  const [group, last] = name.split("/");
  if (last !== "sum" || name in terms) return terms[name] ?? null;
  const values = Object.entries(terms).filter(([term]) => term.startsWith(`${group}/`));
  return values.length > 0 ? values.reduce((sum, [, value]) => sum + value, 0) : null;
}

export function labelOf(term: string): string {
  return (term.split("/").at(-1) ?? term).replaceAll("_", " ");
}

/**
 * An exponential mean of what came before, unbiased at its start (as Adam's): with weight 0 the values themselves.
 * Nulls are passed over.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    count += 1;
    return mean / (1 - weight ** count);
  });
}

export interface Drawing {
  smoothing: number;
  log: boolean;
}

/** Rows and lines for the terms of one run. */
export function linesOf(
  points: readonly Point[],
  terms: readonly string[],
  { smoothing, log }: Drawing,
): { rows: Row[]; series: Series[] } {
  const series = terms.map((term, colour) => lineOf(term, labelOf(term), colour, smoothing));
  const rows: Row[] = points.map(({ step }) => ({ x: step }));
  for (const { key, raw } of series) {
    const values = points.map((point) => termOf(point, key));
    fill(rows, key, raw, values, { smoothing, log });
  }
  return { rows, series };
}

/** Rows and lines for one term of several runs, laid over each other by step. */
export function overlay(
  runs: readonly { id: string; label: string; points: readonly Point[] }[],
  term: string,
  { smoothing, log }: Drawing,
): { rows: Row[]; series: Series[] } {
  const rows = new Map<number, Row>();
  const series = runs.map(({ id, label, points }, colour) => {
    const line = lineOf(id, label, colour, smoothing);
    const own: Row[] = points.map(({ step }) => {
      const row = rows.get(step) ?? { x: step };
      rows.set(step, row);
      return row;
    });
    const values = points.map((point) => termOf(point, term));
    fill(own, line.key, line.raw, values, { smoothing, log });
    return line;
  });
  return { rows: [...rows.values()].sort((one, other) => one.x - other.x), series };
}

function lineOf(key: string, label: string, colour: number, smoothing: number): Series {
  return smoothing > 0 ? { key, label, colour, raw: `${key} raw` } : { key, label, colour };
}

function fill(
  rows: readonly Row[],
  key: string,
  raw: string | undefined,
  values: readonly (number | null)[],
  { smoothing, log }: Drawing,
): void {
  const drawn = (value: number | null | undefined) =>
    value === null || value === undefined || (log && value <= 0) ? null : value;
  const smoothed = smooth(values, smoothing);
  rows.forEach((row, index) => {
    row[key] = drawn(smoothed[index]);
    if (raw) row[raw] = drawn(values[index]);
  });
}

/** Whether a logarithmic scale would leave something out. */
export function hasNoLogarithm(points: readonly Point[], terms: readonly string[]): boolean {
  return points.some((point) => terms.some((term) => (termOf(point, term) ?? 1) <= 0));
}

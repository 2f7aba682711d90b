/** Scores of releases: which compare, which is the newest, and the lines of a chart over time. */
import type { Metric, Score } from "../../api/releases";
import type { Row, Series } from "../../components/charts/LineFigure";
import { percent, short } from "../../components/charts/numbers";

export interface MetricKind {
  name: string;
  label: string;
  /** What it is, in a line. */
  meaning: string;
  isShare: boolean;
}

export const METRICS: readonly MetricKind[] = [
  {
    name: "accuracy",
    label: "Accuracy",
    meaning: "edits seen as wanted",
    isShare: true,
  },
  {
    name: "preservation",
    label: "Preservation",
    meaning: "other attributes that stay",
    isShare: true,
  },
  {
    name: "frechet_resnet18",
    label: "Fréchet distance",
    meaning: "smaller is better",
    isShare: false,
  },
];

export function kindOf(name: string): MetricKind {
  const known = METRICS.find((kind) => kind.name === name);
  return (
    known ?? {
      name,
      label: name.replaceAll("_", " "),
      meaning: "",
      isShare: false,
    }
  );
}

/** The metrics that scores have, in our order; others after them. */
export function metricsOf(scores: readonly Score[]): MetricKind[] {
  const names = new Set(scores.flatMap(({ metrics }) => Object.keys(metrics)));
  const known = METRICS.filter(({ name }) => names.has(name));
  const others = [...names].filter((name) => !METRICS.some((kind) => kind.name === name)).sort();
  return [...known, ...others.map(kindOf)];
}

export function told(kind: MetricKind, value: number): string {
  return kind.isShare ? percent(value) : short(value);
}

/** "70.5 % [69.4, 71.7]", of 95 per cent. */
export function toldWithInterval(kind: MetricKind, { value, low, high }: Metric): string {
  const end = (number: number) => (kind.isShare ? (100 * number).toFixed(1) : short(number));
  return `${told(kind, value)} [${end(low)}, ${end(high)}]`;
}

/** What scores were made on, the newest first: only scores of one compare. */
export function referencesOf(scores: readonly Score[]): string[] {
  return [...new Set(scores.map(({ reference }) => reference))];
}

/** The newest score of each release on a reference, by digest; `scores` are the newest first. */
export function newestOf(scores: readonly Score[], reference: string): ReadonlyMap<string, Score> {
  const newest = new Map<string, Score>();
  for (const score of scores) {
    if (score.reference === reference && !newest.has(score.digest)) newest.set(score.digest, score);
  }
  return newest;
}

export interface Range {
  from: number;
  to: number;
}

/** A scale on which all of the intervals have room. */
export function rangeOf(metrics: readonly Metric[]): Range {
  const low = Math.min(...metrics.map((metric) => metric.low));
  const high = Math.max(...metrics.map((metric) => metric.high));
  const room = (high - low || Math.abs(high) || 1) * 0.15;
  return { from: low - room, to: high + room };
}

/** A share of a range, from 0 to 1. */
export function place(value: number, { from, to }: Range): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

/** A metric over time on one reference: a row an evaluation, a line a release. */
export function historyOf(
  scores: readonly Score[],
  reference: string,
  metric: string,
): { rows: Row[]; series: Series[] } {
  const chosen = scores
    .filter((score) => score.reference === reference && score.metrics[metric])
    .toReversed();
  const names = [...new Set(chosen.map(nameOf))];
  const rows = chosen.map((score) => {
    const found = score.metrics[metric] as Metric;
    const key = nameOf(score);
    const row: Row = { x: Date.parse(score.at) };
    row[key] = found.value;
    row[`${key} interval`] = [found.value - found.low, found.high - found.value];
    return row;
  });
  return {
    rows,
    series: names.map((key, colour) => ({ key, label: key, colour, interval: `${key} interval` })),
  };
}

function nameOf(score: Score): string {
  return score.release;
}

/** What has dropped by each release's newest score on a reference, a sentence each. */
export function dropsOf(newest: Iterable<Score>): string[] {
  return [...newest].flatMap((score) =>
    Object.entries(score.dropped).flatMap(([name, before]) => {
      const now = score.metrics[name];
      if (!now) return [];
      const kind = kindOf(name);
      const then = before as Metric & { release: string };
      return [
        `${kind.label} of ${score.release} is ${toldWithInterval(kind, now)}; it was ${toldWithInterval(kind, then)} of ${then.release.split("@")[0]}.`,
      ];
    }),
  );
}

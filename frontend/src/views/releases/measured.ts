/** What a release's metrics.json says by attribute, with its intervals; written by training/evaluate.py. */
import type { Metric } from "../../api/releases";

export interface Measured {
  attribute: string;
  metrics: Readonly<Record<string, Metric>>;
  /** The same share before any edit, which an edit must beat. */
  unedited: number | undefined;
}

interface File {
  attributes?: Record<string, Record<string, number>>;
  intervals?: { attributes?: Record<string, Record<string, [number, number]>> };
}

export function measuredOf(text: string): Measured[] {
  const { attributes = {}, intervals = {} } = JSON.parse(text) as File;
  return Object.entries(attributes).map(([attribute, values]) => {
    const metrics: Record<string, Metric> = {};
    for (const [name, interval] of Object.entries(intervals.attributes?.[attribute] ?? {})) {
      const value = values[name];
      if (value !== undefined) metrics[name] = { value, low: interval[0], high: interval[1] };
    }
    return { attribute, metrics, unedited: values.unedited };
  });
}

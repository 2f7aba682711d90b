/** What is known of a job's photos, by their places; those that nothing is known of are not dealt with yet. */
import type { JobItem } from "../../api/jobs";

export interface Photos {
  readonly items: readonly (JobItem | undefined)[];
  readonly done: number;
  readonly failed: number;
}

export type Filter = "all" | "done" | "failed";

export function nothingOf(total: number): Photos {
  return { items: Array.from({ length: total }), done: 0, failed: 0 };
}

/** With some that have just ended; the same object where they were known before. */
export function withEnded(photos: Photos, ended: readonly JobItem[]): Photos {
  const news = ended.filter((item) => photos.items[item.index]?.state !== item.state);
  if (news.length === 0) return photos;
  const items = [...photos.items];
  for (const item of news) items[item.index] = item;
  return counted(items);
}

/** Those that failed are begun again. */
export function begunAgain(photos: Photos): Photos {
  return counted(photos.items.map((item) => (item?.state === "failed" ? undefined : item)));
}

function counted(items: Photos["items"]): Photos {
  const count = (state: JobItem["state"]) => items.filter((item) => item?.state === state).length;
  return { items, done: count("done"), failed: count("failed") };
}

/** The places of the photos to be shown, in their order. */
export function placesOf({ items }: Photos, filter: Filter): number[] {
  const places = [...items.keys()];
  return filter === "all" ? places : places.filter((place) => items[place]?.state === filter);
}

/** The nearest photo before or after one that there is something to see of; the one itself where there is none. */
export function neighbour(places: readonly number[], photos: Photos, from: number, step: 1 | -1) {
  let at = places.indexOf(from) + step;
  while (at >= 0 && at < places.length) {
    const place = places[at];
    if (place !== undefined && photos.items[place]) return place;
    at += step;
  }
  return from;
}

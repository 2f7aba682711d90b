/** What the releases view says. */
const MOMENT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export function moment(iso: string): string {
  return MOMENT.format(new Date(iso));
}

/** How places on an axis of time are written: with the hour where it spans a few days at most. */
export function axisOf(times: readonly number[]): (milliseconds: number) => string {
  const span = Math.max(...times) - Math.min(...times);
  const format = span < 3 * 86_400_000 ? MOMENT : DAY;
  return (milliseconds) => format.format(new Date(milliseconds));
}

/** name@digest without the digest. */
export function nameOf(label: string): string {
  return label.split("@")[0] ?? label;
}

/** The photos, size and judge that scores were made on, as a person may name them. */
export function referenceName(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}

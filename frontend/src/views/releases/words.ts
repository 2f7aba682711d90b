/** What the releases view says. */
import { moment } from "../../components/words";

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** How places on an axis of time are written: with the hour where it spans a few days at most. */
export function axisOf(times: readonly number[]): (milliseconds: number) => string {
  const span = Math.max(...times) - Math.min(...times);
  return span < 3 * 86_400_000 ? moment : (milliseconds) => DAY.format(new Date(milliseconds));
}

/** name@digest without the digest. */
export function nameOf(label: string): string {
  return label.split("@")[0] ?? label;
}

/** The photos, size and judge that scores were made on, as a person may name them. */
export function referenceName(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}

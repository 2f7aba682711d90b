/** How the page writes what all of its views write. */

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function count(number: number): string {
  return number.toLocaleString("en-GB");
}

/** "1 photo", "1,200 photos". */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** "Black hair" in the group "hair" is just "Black". */
export function withoutGroup(label: string, group: string): string {
  const suffix = ` ${group.toLowerCase()}`;
  return label.toLowerCase().endsWith(suffix) ? label.slice(0, -suffix.length) : label;
}

const MOMENT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** A day and a time of it, of ISO 8601 or of milliseconds. */
export function moment(at: string | number): string {
  return MOMENT.format(new Date(at));
}

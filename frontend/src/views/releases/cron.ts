/** Schedules in words. The service reads cron's five fields in UTC and has the last word on what they mean. */
export const USUAL: readonly { label: string; cron: string }[] = [
  { label: "Every hour", cron: "0 * * * *" },
  { label: "Every day", cron: "0 3 * * *" },
  { label: "Every week", cron: "0 3 * * 1" },
  { label: "Every month", cron: "0 3 1 * *" },
];

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Common schedules as one would say them; null of others. */
export function inWords(cron: string): string | null {
  const [minute, hour, day, month, weekday, ...rest] = cron.trim().split(/\s+/);
  if (!isNumber(minute) || month !== "*" || weekday === undefined || rest.length > 0) return null;
  if (hour === "*" && day === "*" && weekday === "*") return `Every hour, ${Number(minute)} past`;
  if (!isNumber(hour)) return null;
  const at = `at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")} UTC`;
  if (day === "*" && weekday === "*") return `Every day ${at}`;
  if (day === "*" && isNumber(weekday)) return `Every ${DAYS[Number(weekday) % 7]} ${at}`;
  if (isNumber(day) && weekday === "*") return `On day ${Number(day)} of every month ${at}`;
  return null;
}

function isNumber(field: string | undefined): field is string {
  return field !== undefined && /^\d{1,2}$/.test(field);
}

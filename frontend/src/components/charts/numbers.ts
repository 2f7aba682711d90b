/** Numbers as charts and tables write them. */

/** Three digits that count: 0.0312, 4.51, 12,300; a dash for none. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1).replace("e+", "e");
  return value.toLocaleString("en-GB", { maximumSignificantDigits: size >= 1000 ? 6 : 3 });
}

/** A share as people read it: 0.705 is "70.5 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** What the gate says against a promotion. */

/** The reasons in the sentence of a refusal, without what begins and ends it; see service/routes/releases.py. */
export function reasonsOf(message: string, name: string): string[] {
  return message
    .replace(`${name} is not promoted: `, "")
    .replace(/ ?To promote it all the same, send [\s\S]*$/, "")
    .split(/(?<=\.) /)
    .map((reason) => reason.trim())
    .filter(Boolean);
}

/** Whether it would pass if only it were scored. */
export function wantsScores(reasons: readonly string[]): boolean {
  return reasons.some((reason) => /has no score|no scores of the same|is known of/.test(reason));
}

/** A reason for people at the page, who have a button where a program would send a request. */
export function plainly(reason: string): string {
  return reason.replace(/; POST \/v1\/jobs\/evaluations with .*$/, ": evaluate it first.");
}

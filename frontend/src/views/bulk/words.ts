/** What the page says of a job, for eyes and for a live region. */
import type { Domain } from "../../api/bulk";
import { hasEnded, type Job, type JobDetail } from "../../api/jobs";
import { capital, count, plural } from "../../components/words";

/** Of jobs that were stopped one sees that they can go on. */
const STATES: Record<Job["state"], string> = {
  queued: "Waiting",
  running: "Running",
  cancelling: "Pausing",
  cancelled: "Paused",
  succeeded: "Done",
  failed: "Failed",
};

export function stateWord(job: Pick<Job, "state">): string {
  return STATES[job.state];
}

/** "Smiling, Bangs off"; of a job whose photos each have their own, what made it so. */
export function targetWords(
  attributes: Job["attributes"],
  domain: Pick<Domain, "attributes"> | undefined,
): string {
  const labels = new Map(domain?.attributes.map(({ name, label }) => [name, label]));
  const words = Object.entries(attributes).map(([name, wanted]) => {
    const label = labels.get(name) ?? plain(name);
    return wanted ? label : `${label} off`;
  });
  return words.join(", ") || "By a table";
}

/** "Black hair" of Black_Hair. */
export function plain(name: string): string {
  return capital(name.replaceAll("_", " ").toLowerCase());
}

export function dealtWith({ done, failed }: Pick<Job, "done" | "failed">): number {
  return done + failed;
}

/** Where a job stands, in a line. */
export function standing(job: JobDetail): string {
  const progress = `${count(dealtWith(job))} of ${plural(job.total, "photo")}`;
  switch (job.state) {
    case "queued":
      return job.ahead ? `${plural(job.ahead, "job")} before it` : `Its turn is next`;
    case "running":
      return [progress, timeLeft(job.eta_seconds)].filter(Boolean).join(", ");
    case "cancelling":
      return `${progress}; those in work are finished first`;
    case "cancelled":
      return `Stopped at ${progress}; what is done is kept`;
    default:
      return `${count(job.done)} of ${plural(job.total, "photo")} edited`;
  }
}

export function timeLeft(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 50) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `about ${minutes} min left` : `about ${Math.round(seconds / 3600)} h left`;
}

/** Read out at every tenth of the way and at the end, not at every photo. */
export function announcement(job: JobDetail): string {
  if (hasEnded(job)) {
    const failed = job.failed ? `, ${count(job.failed)} failed` : "";
    return `${stateWord(job)}: ${plural(job.done, "photo")} edited${failed}.`;
  }
  const tenths = job.total ? Math.floor((10 * dealtWith(job)) / job.total) : 0;
  return tenths > 0 ? `${tenths * 10} percent of the photos are dealt with.` : stateWord(job);
}

export function when(date: string): string {
  return new Date(date).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** The name under which an edited photo is saved. */
export function savedName(filename: string, type: string): string {
  const stem = (filename.split(/[/\\]/).at(-1) ?? "").replace(/\.[a-z0-9]{2,5}$/i, "") || "photo";
  const ending = type.replace("image/", "").replace("jpeg", "jpg");
  return `${stem}-edited.${ending}`;
}

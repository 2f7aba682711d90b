/** What the page says: about the photo, about itself, for eyes and for a live region. */
import { ApiError, canRetry, codeOf } from "../../api/errors";
import type { Domain, PhotoAttributes } from "../../api/photos";
import { capital } from "../../components/words";
import type { Editing } from "./useEditing";

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 2 : 0)} s`;
}

type Situation = Pick<Editing, "isReading" | "isWorking" | "result" | "source">;

export function busyWith({ isReading, isWorking }: Situation): string | null {
  if (isReading) return "Reading the photo…";
  return isWorking ? "Editing…" : null;
}

export function announcement(situation: Situation, description: string): string {
  const busy = busyWith(situation);
  if (busy) return busy;
  const { result, source } = situation;
  if (result) return `Edited: ${description}. It took ${seconds(result.milliseconds)}.`;
  return source ? "The photo's attributes are shown. Nothing is changed." : "";
}

/** What this page can do about a photo without a face, in place of what a program could. */
const NO_FACE =
  "Choose a photo in which a face looks into the camera. If this one is a portrait already, one face in the middle that " +
  "fills about half of it, it can be edited as it is.";

/** The service speaks to programs too; where this page offers something of its own, it says that. */
export function toldHere(error: Error): Error {
  const isOurs = error instanceof ApiError && error.code === "no_face";
  return isOurs ? new ApiError(NO_FACE, error.code, error.status, error.requestId) : error;
}

/** What went wrong where a photo's attributes were asked for, in few words; the error itself says more. */
export function readFailure(error: Error): string {
  const code = codeOf(error);
  if (code === "key_required" || code === "invalid_key") return "This service asks for an API key";
  if (code === "no_face") return "No face was found";
  if (code === "scope_required") return "This API key is not for photos";
  return canRetry(error) ? "The photo was not read" : "This photo could not be read";
}

/** Predictions nearer to a coin's toss than this are said to be guesses. */
const UNSURE = 0.2;

export function switchText(inPhoto: boolean, probability: number | undefined, isChanged: boolean) {
  if (isChanged) return `Changed to ${inPhoto ? "no" : "yes"}`;
  const guess = probability !== undefined && Math.abs(probability - 0.5) < UNSURE;
  return capital(`${guess ? "probably " : ""}${inPhoto ? "yes" : "no"}, as in the photo`);
}

/** The domain that the service's samples are of. */
export const SAMPLED = "faces";

/** Where one can begin with a drawing: the folder that a drawing is turned into, by domain. */
const DRAWN: Readonly<Record<string, string>> = { edges: "Photo" };

export function isDrawable(domain: Domain | undefined): boolean {
  return drawnInto(domain) !== null;
}

export function drawnInto(domain: Domain | undefined): string | null {
  const into = domain && DRAWN[domain.name];
  return into && domain.attributes.some(({ name }) => name === into) ? into : null;
}

interface Greeting {
  title: string;
  lead: string;
  drop: string;
}

const GREETINGS: Readonly<Record<string, Greeting>> = {
  faces: {
    title: "Change the look, keep the person.",
    lead: "Hair colour, a smile, glasses, age: pick what to change in a portrait, and the rest stays as it is.",
    drop: "Drop a portrait here",
  },
  seasons: {
    title: "The same place, half a year later.",
    lead: "Turn a landscape in summer into winter, or one in winter into summer, at its own size.",
    drop: "Drop a landscape here",
  },
  edges: {
    title: "From a few lines to a thing.",
    lead: "Draw a shoe or a bag and watch it being filled in, or see the lines that a photo is made of.",
    drop: "Drop a drawing or a photo here",
  },
};

export function welcome(name: string): Greeting {
  const own = {
    title: capital(name),
    lead: "Choose a photo, and what is to change in it.",
    drop: "Drop a photo here",
  };
  return GREETINGS[name] ?? own;
}

const FRAMINGS: Readonly<Record<string, string>> = {
  faces:
    "Faces are found wherever they are in a photo, up to 16 of them, and edited best when they look into the camera.",
  seasons: "The whole photo is edited, in its own aspect.",
  edges: "Shoes and bags on white, seen from the side, are what the released model knows.",
};

export function framing(name: string): string {
  return FRAMINGS[name] ?? "What can be changed is what the domain's release was trained for.";
}

/** What is in service, by name and the first digits of its digest, as answers name it too. */
export function releaseName({ name, release, runtime }: Domain): string {
  if (!release) return `In service for ${name}: no release yet`;
  const by = runtime ? ` (${runtime})` : "";
  return `In service: ${release.name}@${release.digest.slice(0, 12)}${by}`;
}

/** What a photo reads as, in a domain of folders, beside what it is turned into. */
export function folderNote(
  domain: Pick<Domain, "attributes">,
  source: Pick<PhotoAttributes, "attributes">,
  target: string,
): string {
  const own = domain.attributes.find(({ name }) => source.attributes[name]);
  if (!own) return "";
  const reads = `The photo reads as ${own.label.toLowerCase()}`;
  return own.name === target ? `${reads} already, so little may change` : reads;
}

/** Why there is no picture of a camera, and what to do. */
export function cameraFailure(cause: unknown): string {
  switch (cause instanceof Error ? cause.name : "") {
    case "NotAllowedError":
      return "The browser was not allowed to use the camera. Allow it beside the page's address, then try again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "There is no camera at this device. Choose a photo from a file in its place.";
    case "NotReadableError":
      return "The camera is in use by another program. Close that, then try again.";
    default:
      return "The browser gives no camera to this page; it does so over https, or on this machine. Choose a photo from a file.";
  }
}

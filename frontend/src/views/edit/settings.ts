/** What somebody has set for a photo, and how it is written into the page's address to be shared: never the photo. */
import type { Domain, Face, FaceList, Strengths, Wanted } from "../../api/photos";
import { changesOf, folderOf, type Wishes } from "./changes";

export interface Settings {
  wishes: Wishes;
  /** Of single attributes; one that is not here is as strong as it was trained. */
  strengths: Strengths;
  face: Face;
}

export const NOTHING: Settings = { wishes: {}, strengths: {}, face: "all" };
export const STRONGEST = 2;
const FACE = "face";

/** What is set of a photo that shows `photo`, as it is asked of the service. */
export function wantedOf(
  { wishes, strengths, face }: Settings,
  photo: Readonly<Record<string, boolean>>,
  domain: Domain,
): Wanted {
  const folder = domain.kind === "attributes" ? null : folderOf(wishes, photo, domain);
  const changes = folder ? { [folder]: true } : changesOf(wishes, photo);
  const own = Object.keys(changes)
    .map((name) => [name, strengths[name] ?? 1] as const)
    .filter(([, strength]) => domain.adjustable && strength !== 1);
  return { changes, strengths: Object.fromEntries(own), face };
}

/** The strengths of what is still wished for: what is switched on anew begins as it was trained. */
export function withWishes(settings: Settings, wishes: Wishes): Settings {
  const kept = Object.entries(settings.strengths).filter(([name]) => name in wishes);
  return { ...settings, wishes, strengths: Object.fromEntries(kept) };
}

export function withStrength(settings: Settings, name: string, strength: number): Settings {
  return { ...settings, strengths: { ...settings.strengths, [name]: strength } };
}

/** A face that this photo does not have, as from a link made with another photo, means all of them. */
export function faceIn(face: Face, found: FaceList | null | undefined): Face {
  if (face === "all" || !found) return face;
  return face < found.faces.length ? face : "all";
}

/** "Smiling=1&Young=-0.5&face=0": each attribute's strength, with a minus where it is taken away. */
export function toQuery({ wishes, strengths, face }: Settings): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wishes)) {
    query.set(name, `${value ? "" : "-"}${strengths[name] ?? 1}`);
  }
  if (face !== "all") query.set(FACE, String(face));
  return query.toString();
}

/** Of an address that somebody wrote or shortened, whatever makes sense. */
export function fromQuery(text: string): Settings {
  const wishes: Record<string, boolean> = {};
  const strengths: Record<string, number> = {};
  const query = new URLSearchParams(text);
  for (const [name, value] of query) {
    const strength = Number(value.replace(/^-/, ""));
    if (name === FACE || value === "" || !(strength >= 0 && strength <= STRONGEST)) continue;
    wishes[name] = !value.startsWith("-");
    if (strength !== 1) strengths[name] = strength;
  }
  const face = query.get(FACE) ?? "";
  return { wishes, strengths, face: /^\d{1,4}$/.test(face) ? Number(face) : "all" };
}

/** What of these settings this domain has; of wishes that exclude each other, the first. */
export function settingsFor(domain: Domain | undefined, settings: Settings): Settings {
  if (!domain) return settings;
  const known = new Set(domain.attributes.map(({ name }) => name));
  const taken = new Set<string>();
  const wishes = Object.entries(settings.wishes).filter(([name, value]) => {
    const group = domain.exclusive.findIndex((names) => names.includes(name));
    const key = group < 0 || !value ? name : `group ${group}`;
    const isNew = known.has(name) && !taken.has(key);
    taken.add(key);
    return isNew;
  });
  return withWishes(settings, Object.fromEntries(wishes));
}

export function isSame(one: Settings, other: Settings): boolean {
  return toQuery(one) === toQuery(other);
}

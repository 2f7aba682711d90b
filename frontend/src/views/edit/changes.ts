/** What is a change: the logic between the switches and the request, without any interface. */
import type { Changes, Domain, Strengths } from "../../api/photos";
import { capital, withoutGroup } from "../../components/words";

/** The attributes that somebody has set, whether or not the photo already has them so. */
export type Wishes = Changes;
type Attributes = Readonly<Record<string, boolean>>;
type Attribute = Domain["attributes"][number];

export interface Choice {
  /** The group's name for people: "Hair". */
  label: string;
  options: Attribute[];
}

export interface Controls {
  choices: Choice[];
  toggles: Attribute[];
}

/** Attributes that exclude each other become one choice; each of the others has its own switch. */
export function controlsOf(domain: Pick<Domain, "attributes" | "exclusive">): Controls {
  const byName = new Map(domain.attributes.map((attribute) => [attribute.name, attribute]));
  const groups = domain.exclusive.map((names) => names.flatMap((name) => byName.get(name) ?? []));
  const exclusive = new Set(domain.exclusive.flat());
  return {
    choices: groups.map((options) => ({ label: groupLabel(options), options })),
    toggles: domain.attributes.filter(({ name }) => !exclusive.has(name)),
  };
}

function groupLabel(options: Attribute[]): string {
  return capital(options[0]?.group ?? "one of");
}

/** "Black hair" under the heading "Hair" is just "Black". */
export function optionLabel(attribute: Attribute, choice: Choice): string {
  return withoutGroup(attribute.label, choice.label);
}

export function toggle(wishes: Wishes, photo: Attributes, name: string): Wishes {
  const now = wishes[name] ?? photo[name] ?? false;
  const { [name]: _, ...others } = wishes;
  return !now === photo[name] ? others : { ...others, [name]: !now };
}

/** Chooses one of attributes that exclude each other; null leaves them as the photo has them. */
export function choose(wishes: Wishes, choice: Choice, name: string | null): Wishes {
  const group = new Set(choice.options.map((option) => option.name));
  const others = Object.fromEntries(Object.entries(wishes).filter(([key]) => !group.has(key)));
  return name === null ? others : { ...others, [name]: true };
}

export function chosen(wishes: Wishes, choice: Choice): string | null {
  return choice.options.find(({ name }) => wishes[name])?.name ?? null;
}

/** Only what differs from the photo is asked of the service, in an order that makes equal wishes equal. */
export function changesOf(wishes: Wishes, photo: Attributes): Changes {
  const changed = Object.entries(wishes).filter(([name, value]) => photo[name] === !value);
  return Object.fromEntries(changed.sort(([a], [b]) => a.localeCompare(b)));
}

/** Of a domain of folders a photo is always turned into one of them: the one wished for, else another than its own. */
export function folderOf(
  wishes: Wishes,
  photo: Attributes,
  domain: Pick<Domain, "attributes">,
): string | undefined {
  const names = domain.attributes.map(({ name }) => name);
  return names.find((name) => wishes[name]) ?? names.find((name) => !photo[name]) ?? names[0];
}

/** Every attribute by itself, to what the photo does not show; of those that exclude each other, the others are set. */
export function singleEdits(
  domain: Pick<Domain, "attributes" | "exclusive">,
  photo: Attributes,
): Changes[] {
  const exclusive = new Set(domain.exclusive.flat());
  return domain.attributes
    .map(({ name }) => ({ name, value: exclusive.has(name) || !photo[name] }))
    .filter(({ name, value }) => value !== photo[name])
    .map(({ name, value }) => ({ [name]: value }));
}

/** "Blond hair, Smiling off, Young off at 50 %", for the file's name and for screen readers. */
export function describe(
  changes: Changes,
  domain: Pick<Domain, "attributes">,
  strengths: Strengths = {},
): string {
  const words = domain.attributes
    .filter(({ name }) => name in changes)
    .map(({ name, label }) => {
      const strength = strengths[name] ?? 1;
      const far = strength === 1 ? "" : ` at ${percent(strength)}`;
      return `${label}${changes[name] ? "" : " off"}${far}`;
    });
  return words.join(", ");
}

/** A strength for people. */
export function percent(strength: number): string {
  return `${Math.round(100 * strength)} %`;
}

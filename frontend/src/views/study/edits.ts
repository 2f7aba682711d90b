/** The edits that a study can be of: of one attribute each, or of several together. */
import type { DomainStatus } from "../../api/releases";
import type { Change } from "../../api/studies";

/** An edit of one attribute. */
export interface EditOption {
  label: string;
  change: Change;
  /** Of those attributes of which a photo can have but one. */
  group: string | null;
}

/**
 * Every edit of one attribute, those that set one first; of those that exclude each other, and of folders, the wanted one
 * is only set.
 */
export function editOptions(domain: Pick<DomainStatus, "attributes" | "kind">): EditOption[] {
  const isPair = domain.kind !== "attributes";
  const set = domain.attributes.map(({ name, label, group }) => ({
    label,
    change: { [name]: true },
    group: isPair ? "" : group,
  }));
  const clear = domain.attributes
    .filter(({ group }) => group === null && !isPair)
    .map(({ name, label }) => ({ label: `${label}: no`, change: { [name]: false }, group: null }));
  return [...set, ...clear];
}

/** The same for the same edit, in whatever order it was put together. */
export function keyOf(change: Change): string {
  return JSON.stringify(Object.entries(change).sort(([one], [other]) => one.localeCompare(other)));
}

/** "Blond hair + Smiling: no". */
export function labelOf(change: Change, options: readonly EditOption[]): string {
  const isPart = (option: EditOption) =>
    Object.entries(option.change).every(([name, value]) => change[name] === value);
  return options
    .filter(isPart)
    .map(({ label }) => label)
    .join(" + ");
}

/** The edit with an option more, or without it where it has it already; what the option excludes gives way. */
export function combined(
  change: Change,
  option: EditOption,
  options: readonly EditOption[],
): Change {
  const [name = "", value = true] = Object.entries(option.change)[0] ?? [];
  const rivals = options
    .filter(({ group }) => group !== null && group === option.group)
    .flatMap(({ change }) => Object.keys(change));
  const kept = Object.entries(change).filter(([each]) => each !== name && !rivals.includes(each));
  return Object.fromEntries(change[name] === value ? kept : [...kept, [name, value]]);
}

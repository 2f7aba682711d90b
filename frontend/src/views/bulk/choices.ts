/** What is chosen beside the photos; of each domain its own target, so that going back to one finds it as it was. */
import type { Domain } from "../../api/bulk";
import type { Format, Order, Target } from "./order";
import type { Pile } from "./pile";

export interface Choices {
  domain: string | null;
  targets: Readonly<Record<string, Target>>;
  table: File | null;
  format: Format | null;
  strength: number;
  aligned: boolean;
  folder: string | null;
  into: string;
}

export const FIRST_CHOICES: Choices = {
  domain: null,
  targets: {},
  table: null,
  format: null,
  strength: 1,
  aligned: false,
  folder: null,
  into: "",
};

export function targetIn(choices: Choices, domain: Domain): Target {
  return choices.targets[domain.name] ?? {};
}

export function withTarget(choices: Choices, domain: Domain, target: Target): Choices {
  return { ...choices, targets: { ...choices.targets, [domain.name]: target } };
}

/** One attribute set to yes or no, or left as each photo has it (null); of those that exclude each other one is yes. */
export function set(
  target: Target,
  domain: Pick<Domain, "exclusive">,
  name: string,
  value: boolean | null,
): Target {
  const group = domain.exclusive.find((names) => names.includes(name)) ?? [name];
  const cleared = value === true ? group : [name];
  const others = Object.entries(target).filter(([other]) => !cleared.includes(other));
  return Object.fromEntries(value === null ? others : [...others, [name, value]]);
}

/** What is to be sent; of a domain only what it can do is asked. */
export function orderOf(choices: Choices, domain: Domain, pile: Pile): Order {
  const { table, format, folder, into } = choices;
  return {
    ...{ domain: domain.name, pile, folder, table, format },
    into: folder === null ? "" : into, // of photos of this device it is not in sight
    target: targetIn(choices, domain),
    strength: domain.adjustable ? choices.strength : 1,
    aligned: domain.aligns && choices.aligned,
  };
}

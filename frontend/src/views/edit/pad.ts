/** Two attributes on one square: from nothing in the lower left corner to twice what was trained in the upper right. */
import type { Domain } from "../../api/photos";
import { singleEdits } from "./changes";
import { type Settings, STRONGEST } from "./settings";

export interface Axis {
  name: string;
  /** What it is set to, which is what the photo is not. */
  value: boolean;
  label: string;
}

const STEP = 0.05;

export function axesOf(domain: Domain, photo: Readonly<Record<string, boolean>>): Axis[] {
  return singleEdits(domain, photo).flatMap((change) =>
    Object.entries(change).map(([name, value]) => {
      const label = domain.attributes.find((attribute) => attribute.name === name)?.label ?? name;
      return { name, value, label: value ? label : `${label} off` };
    }),
  );
}

/** The axes that go with another: not itself, nor what it excludes. */
export function partners(axes: readonly Axis[], other: Axis, domain: Pick<Domain, "exclusive">) {
  const group = domain.exclusive.find((names) => names.includes(other.name)) ?? [other.name];
  return axes.filter(({ name }) => !group.includes(name));
}

/** From a place on the square, in shares of its sides from the upper left, to two strengths. */
export function strengthsAt(x: number, y: number): [number, number] {
  return [strength(x), strength(1 - y)];
}

function strength(share: number): number {
  const bounded = STRONGEST * Math.min(1, Math.max(0, share));
  return Number((Math.round(bounded / STEP) * STEP).toFixed(2));
}

/** How strong an axis is: nothing where it is not wished for. */
export function strengthOf(axis: Axis, { wishes, strengths }: Settings): number {
  return wishes[axis.name] === axis.value ? (strengths[axis.name] ?? 1) : 0;
}

/** Both axes at these strengths; the rest as it was, but for what they exclude. */
export function withAxes(
  settings: Settings,
  axes: readonly [Axis, number][],
  domain: Pick<Domain, "exclusive">,
): Settings {
  const rivals = new Set(
    domain.exclusive.filter((names) => axes.some(([{ name }]) => names.includes(name))).flat(),
  );
  const kept = <Value>(record: Readonly<Record<string, Value>>) =>
    Object.entries(record).filter(([name]) => !rivals.has(name));
  return {
    ...settings,
    wishes: Object.fromEntries([
      ...kept(settings.wishes),
      ...axes.map(([{ name, value }]) => [name, value] as const),
    ]),
    strengths: Object.fromEntries([
      ...kept(settings.strengths),
      ...axes.map(([{ name }, strength]) => [name, strength] as const),
    ]),
  };
}

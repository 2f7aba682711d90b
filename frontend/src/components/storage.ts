/** What the browser keeps for the page. Where it refuses to, the page keeps it by itself, for as long as it is open. */
type Place = "localStorage" | "sessionStorage";
const refused = new Map<string, string>();

export function kept(place: Place, name: string): string | null {
  try {
    return globalThis[place].getItem(name) ?? refused.get(name) ?? null;
  } catch {
    return refused.get(name) ?? null;
  }
}

/** null: it is forgotten. */
export function keep(place: Place, name: string, value: string | null): void {
  refused.delete(name);
  try {
    if (value === null) globalThis[place].removeItem(name);
    else globalThis[place].setItem(name, value);
  } catch {
    if (value !== null) refused.set(name, value);
  }
}

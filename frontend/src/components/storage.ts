/** What the browser keeps for the page. Where it refuses to, the page keeps it by itself, for as long as it is open. */
type Place = "localStorage" | "sessionStorage";
const refused = new Map<string, string | null>();

export function kept(place: Place, name: string): string | null {
  try {
    return refused.has(name) ? (refused.get(name) ?? null) : globalThis[place].getItem(name);
  } catch {
    return null;
  }
}

/** null: it is forgotten. */
export function keep(place: Place, name: string, value: string | null): void {
  refused.delete(name);
  try {
    if (value === null) globalThis[place].removeItem(name);
    else globalThis[place].setItem(name, value);
  } catch {
    refused.set(name, value);
  }
}

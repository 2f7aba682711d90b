/** Who votes: a random id that the link carries and this browser keeps, so that one goes on where one was. */
const VOTER = /^[0-9A-Za-z_-]{8,64}$/;

interface Keeper {
  getItem: (name: string) => string | null;
  setItem: (name: string, value: string) => void;
}

/** The id in the link if there is one, else the one kept for this study, else a new one; kept from now on. */
export function voterOf(token: string, search: string, keeper: () => Keeper): string {
  const name = `init-study-${token}`;
  const linked = new URLSearchParams(search).get("voter") ?? "";
  let kept: string | null = null;
  try {
    kept = keeper().getItem(name);
  } catch {
    // A browser may refuse to keep anything; the link still has it.
  }
  const voter = [linked, kept].find((each) => each && VOTER.test(each)) ?? newVoter();
  try {
    keeper().setItem(name, voter);
  } catch {
    // As above.
  }
  return voter;
}

/** 128 random bits. Not crypto.randomUUID, which is missing where the page is not served over HTTPS. */
function newVoter(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

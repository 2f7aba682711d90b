/** Who votes: a random id that the link carries and this browser keeps, so that one goes on where one was. */
import { randomId } from "../../api/random";
import { keep, kept } from "../../components/storage";

const VOTER = /^[0-9A-Za-z_-]{8,64}$/;

/** The id in the link if there is one, else the one kept for this study, else a new one; kept from now on. */
export function voterOf(token: string, search: string): string {
  const name = `init-study-${token}`;
  const linked = new URLSearchParams(search).get("voter");
  const known = [linked, kept("localStorage", name)];
  const voter = known.find((each) => each && VOTER.test(each)) ?? randomId();
  keep("localStorage", name, voter);
  return voter;
}

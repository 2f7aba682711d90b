import styles from "./Framing.module.css";
import { framing } from "./words";

/** What a domain's release is good at, said before somebody is disappointed. */
export function Framing({ name }: { name: string }) {
  return <p className={styles.note}>{framing(name)}</p>;
}

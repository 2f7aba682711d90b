import { Link } from "wouter";
import styles from "./Broken.module.css";
import { useTitle } from "./title";

/** In place of a view, or of a part of one. */
export function NotFound() {
  useTitle("No such page");
  return (
    <div className={styles.broken}>
      <h1>There is no such page</h1>
      <p>The address may be mistyped, or from another version.</p>
      <Link href="~/">Edit a photo</Link>
    </div>
  );
}

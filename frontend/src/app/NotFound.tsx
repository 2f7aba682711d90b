import { Link } from "wouter";
import styles from "./Boundary.module.css";

export function NotFound() {
  return (
    <div className={styles.broken}>
      <h1>There is no such page</h1>
      <p>The address may be mistyped, or from another version.</p>
      <Link href="/">Edit a photo</Link>
    </div>
  );
}

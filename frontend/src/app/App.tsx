import { EditView } from "../views/edit/EditView";
import styles from "./App.module.css";
import { ReleaseBadge } from "./ReleaseBadge";

/** The frame around the views: one so far. */
export function App() {
  return (
    <div className={styles.app}>
      <header className={styles.header}>
        <a className={styles.brand} href="/" aria-label="INIT Studio, start">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M16 5a11 11 0 0 0 0 22z" fill="currentColor" />
            <path d="M16 6a10 10 0 0 1 0 20" fill="none" stroke="currentColor" strokeWidth="2" />
          </svg>
          INIT Studio
        </a>
        <ReleaseBadge />
        <a className={styles.link} href="/docs">
          API
        </a>
      </header>
      <main className={styles.main}>
        <EditView />
      </main>
    </div>
  );
}

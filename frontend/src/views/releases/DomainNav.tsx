import { Link } from "wouter";
import type { DomainStatus } from "../../api/releases";
import styles from "./DomainNav.module.css";

/** From domain to domain. */
export function DomainNav({
  domains,
  current,
}: {
  domains: readonly DomainStatus[];
  current: string;
}) {
  return (
    <nav className={styles.domains} aria-label="Domains">
      {domains.map(({ name }) => (
        <Link
          key={name}
          href={`/${name}`}
          className={styles.domain}
          aria-current={name === current ? "page" : undefined}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

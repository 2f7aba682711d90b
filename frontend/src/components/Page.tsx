import type { ReactNode } from "react";
import styles from "./Page.module.css";

interface PageProps {
  title: string;
  /** Stands above the title: where one is, with the way back. */
  above?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A view that one reads and works on, from its title down; the editor has a frame of its own. */
export function Page({ title, above, lead, actions, children }: PageProps) {
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.words}>
          {above && <div className={styles.above}>{above}</div>}
          <h1 className={styles.title}>{title}</h1>
          {lead && <div className={styles.lead}>{lead}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  /** Without a frame, where what is inside has its own. */
  bare?: boolean;
  children: ReactNode;
}

/** A part of a page under a heading of its own. */
export function Section({ title, note, actions, bare = false, children }: SectionProps) {
  return (
    <section className={bare ? styles.bare : styles.section} aria-label={title}>
      <header className={styles.sectionHead}>
        <div className={styles.words}>
          <h2 className={styles.sectionTitle}>{title}</h2>
          {note && <div className={styles.note}>{note}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </section>
  );
}

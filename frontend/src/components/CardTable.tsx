import type { ReactNode } from "react";
import styles from "./CardTable.module.css";

interface CardTableProps {
  /** Small print and rows close to each other, for many of them. */
  dense?: boolean;
  children: ReactNode;
}

/**
 * A table whose rows are cards on a phone: a cell's `data-label` is then written before what it says, and one without any
 * has the whole width.
 */
export function CardTable({ dense, children }: CardTableProps) {
  return (
    <table className={styles.table} data-dense={dense || undefined}>
      {children}
    </table>
  );
}

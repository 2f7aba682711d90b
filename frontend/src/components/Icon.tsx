import styles from "./Icon.module.css";

/** The few line icons of the page, on a 24 × 24 grid; always beside words, so hidden from readers. */
const PATHS = {
  photo:
    "M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5h.01",
  download: "M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 19.5h14",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
  reset: "M8 5 4.5 8.5 8 12M4.5 8.5H14a5 5 0 0 1 0 10H8",
  slider: "M12 4v16M8 9l-3 3 3 3M16 9l3 3-3 3",
  columns: "M4.5 5.5h6v13h-6zM13.5 5.5h6v13h-6z",
  alert: "M12 8v5m0 3.2v.1M12 3.5 21 19H3z",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className={styles.icon} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

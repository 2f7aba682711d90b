import styles from "./Icon.module.css";

/** The few line icons of the page, on a 24 × 24 grid; always beside words, so hidden from readers. */
const PATHS = {
  photo:
    "M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5h.01",
  download: "M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 19.5h14",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
  slider: "M12 4v16M8 9l-3 3 3 3M16 9l3 3-3 3",
  columns: "M4.5 5.5h6v13h-6zM13.5 5.5h6v13h-6z",
  alert: "M12 8v5m0 3.2v.1M12 3.5 21 19H3z",
  undo: "M8 5 4.5 8.5 8 12M4.5 8.5H14a5 5 0 0 1 0 10H8",
  redo: "m16 5 3.5 3.5L16 12M19.5 8.5H10a5 5 0 0 0 0 10h6",
  hold: "M3 12s3.3-6 9-6 9 6 9 6-3.3 6-9 6-9-6-9-6zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5z",
  grid: "M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h6v6h-6z",
  code: "m8.5 8-4 4 4 4M15.5 8l4 4-4 4M13.5 5.5l-3 13",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  pen: "m4.5 19.5 1-4L16 5a2.1 2.1 0 0 1 3 3L8.500 18.500z",
  eraser: "m8 19-4-4 9.500-9.500 6 6L12 19zM9 10l6 6M8 19h11",
  close: "m6 6 12 12M18 6 6 18",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className={styles.icon} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
